/** Fetches ranges into a store, as many at once as the client's limit allows. */
import { abortError } from '../../errors/index.js'
import type { Permit } from '../adaptive-limit.js'
import type { Reservation } from '../memory-budget.js'
import { Allowance } from './allowance.js'
import { fetchRange } from './fetch-range.js'
import type { DownloadJob, OpenObject, Range, RangeStore } from './job.js'
import { RangeWriter } from './range-writer.js'
import type { WholeCheck } from './whole-check.js'

export interface RangeTarget {
  readonly store: RangeStore
  readonly check: WholeCheck | undefined
  /** How much a range gathers for one write; 0 for a store that needs nothing gathered. */
  readonly batchBytes: number
  /** Told of each range that is in the store, with the CRC-32 of its bytes. */
  readonly note?: ((range: Range, crc32: number) => Promise<void>) | undefined
}

/**
 * Resolves when all of `ranges` are stored. The first failure ends the transfer; either way nothing is under way any more
 * when this returns.
 */
export const fetchRanges = async (
  job: DownloadJob,
  object: OpenObject,
  ranges: Iterable<Range>,
  target: RangeTarget,
): Promise<void> => {
  const { context, control } = job
  const { signal } = control
  const allowance = new Allowance(context.budget, signal)
  const running = new Set<Promise<void>>()

  const start = (range: Range, reservation: Reservation, permit: Permit, body?: ReadableStream<Uint8Array>) => {
    const started = body === undefined ? { permit } : { permit, body }
    const task = storeRange(job, object, range, started, target, reservation.buffer())
      .then(() => control.meter.partDone())
      .catch((error: unknown) => control.fail(error))
      .finally(() => {
        reservation.release({ reuse: true })
        running.delete(task)
      })
    running.add(task)
  }

  try {
    const { first } = object
    if (first !== undefined) start(first, await allowance.reserve(target.batchBytes), first.permit, first.body)
    for (const range of ranges) {
      await control.whenRunning()
      // Those that wait to be tried again hold no permit; they count here, so that a dead server is not asked for everything.
      while (running.size >= context.limit.max) await Promise.race(running)
      const reservation = await allowance.reserve(target.batchBytes)
      try {
        start(range, reservation, await context.limit.acquire(signal))
      } catch (error) {
        reservation.release()
        throw error
      }
    }
  } catch (error) {
    control.fail(error)
  } finally {
    await Promise.all(running)
  }
  if (signal.aborted) throw control.failure(abortError(signal))
}

const storeRange = async (
  job: DownloadJob,
  object: OpenObject,
  range: Range,
  started: { readonly permit: Permit; readonly body?: ReadableStream<Uint8Array> },
  { store, check, note }: RangeTarget,
  buffer: Uint8Array,
): Promise<void> => {
  const writer = new RangeWriter(store, check, range.offset - object.wanted.offset, buffer, note !== undefined)
  try {
    await fetchRange(job, object, range, started, writer.push)
  } finally {
    // Also after a failure: a write that is under way must not outlive the file it goes to.
    await writer.end()
  }
  if (note !== undefined && writer.crc32 !== undefined) await note(range, writer.crc32)
}
