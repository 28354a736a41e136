/** Fetches ranges into a store, as many at once as the client's limit allows. */
import { abortError } from '../../../errors/index.js'
import type { Permit } from '../../adaptive-limit.js'
import type { Reservation } from '../../memory-budget.js'
import type { DeferredVerifier } from '../deferred-verifier.js'
import type { DownloadJob, OpenObject, Range, RangeStore } from '../job.js'
import { TransferReservations } from '../transfer-reservations.js'
import { fetchRange } from './fetch.js'
import { RunningRange } from './running.js'
import { RangeWriter } from './writer.js'

export interface RangeTarget {
  readonly store: RangeStore
  readonly check: DeferredVerifier
  /** How many ranges an earlier run has stored. */
  readonly foundParts?: number
  /** How much a range gathers for one write; 0 for a store that needs nothing gathered. */
  readonly batchBytes: number
  /** Told of each range that is in the store, with the CRC-32 of its bytes. */
  readonly note?: ((range: Range, crc32: number) => Promise<void>) | undefined
}

/**
 * Resolves when all of `ranges` are stored and it is known what the whole has to be. The first failure ends the transfer;
 * either way nothing is under way any more when this returns.
 */
export const fetchRanges = async (
  job: DownloadJob,
  object: OpenObject,
  ranges: Iterable<Range>,
  target: RangeTarget,
): Promise<void> => {
  const { context, control } = job
  const { signal } = control
  const allowance = new TransferReservations(context.budget, signal)
  const running = new Map<Promise<void>, RunningRange>()
  let parts = target.foundParts ?? 0
  const tellParts = () => control.meter.plan({ totalBytes: object.wanted.length, totalParts: parts })

  const start = (asked: Range, reservation: Reservation, permit: Permit, body?: ReadableStream<Uint8Array>) => {
    const started = body === undefined ? { permit } : { permit, body }
    const range = new RunningRange(asked, context.clock)
    const task = storeRange(job, object, range, started, target, reservation.buffer())
      .then(() => control.meter.partDone())
      .catch((error: unknown) => control.fail(error))
      .finally(() => {
        reservation.release({ reuse: true })
        running.delete(task)
      })
    running.set(task, range)
    parts++
    // Ranges that follow the object's parts may be more than were planned before those were known.
    if (parts > (control.meter.snapshot.totalParts ?? 0)) tellParts()
  }

  const startPermitted = async (range: Range, reservation: Reservation) => {
    try {
      start(range, reservation, await context.limit.acquire(signal))
    } catch (error) {
      reservation.release()
      throw error
    }
  }

  const slowest = () => {
    let found: { readonly range: RunningRange; readonly ms: number } | undefined
    for (const range of running.values()) {
      const ms = range.shareableMs
      if (ms > (found?.ms ?? 0)) found = { range, ms }
    }
    return found?.range
  }

  const knowing = target.check.known.catch((error: unknown) => control.fail(error))
  try {
    const { first } = object
    if (first !== undefined) start(first, await allowance.reserve(target.batchBytes), first.permit, first.body)
    for (const range of ranges) {
      await control.whenRunning()
      // Those that wait to be tried again hold no permit; they count here, so that a dead server is not asked for everything.
      while (running.size >= context.limit.max) await Promise.race(running.keys())
      await startPermitted(range, await allowance.reserve(target.batchBytes))
    }
    tellParts()
    // One connection can be many times slower than the others. Those that are done take over half of what it still lacks.
    while (running.size > 0) {
      await Promise.race(running.keys())
      if (!context.limit.isFree || slowest() === undefined) continue
      await control.whenRunning()
      const reservation = await allowance.reserve(target.batchBytes)
      // Another transfer may have taken the permit meanwhile; this one is not worth waiting for.
      const range = context.limit.isFree ? slowest()?.halve() : undefined
      if (range === undefined) reservation.release()
      else await startPermitted(range, reservation)
    }
  } catch (error) {
    control.fail(error)
  } finally {
    await Promise.all(running.keys())
    await knowing
  }
  if (signal.aborted) throw control.failure(abortError(signal))
}

const storeRange = async (
  job: DownloadJob,
  object: OpenObject,
  range: RunningRange,
  started: { readonly permit: Permit; readonly body?: ReadableStream<Uint8Array> },
  { store, check, note }: RangeTarget,
  buffer: Uint8Array,
): Promise<void> => {
  const writer = new RangeWriter(store, check, range.offset - object.wanted.offset, buffer, note !== undefined)
  try {
    await fetchRange(job, object, range, started, (lent) => {
      range.received(lent.byteLength)
      return writer.push(lent)
    })
  } finally {
    // Also after a failure: a write that is under way must not outlive the file it goes to.
    await writer.end()
  }
  const { offset, length } = range
  if (note !== undefined && writer.crc32 !== undefined) await note({ offset, length }, writer.crc32)
}
