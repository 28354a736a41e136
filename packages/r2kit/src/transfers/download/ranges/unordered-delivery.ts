/** Fetches ranges into a store, in any order, as many at a time as the client's limit allows. */
import { abortError } from '../../../errors/index.js'
import type { Reservation } from '../../memory-budget.js'
import type { DeferredVerifier } from '../deferred-verifier.js'
import type { DownloadJob, OpenObject, Range, RangeStore } from '../job.js'
import { TransferReservations } from '../transfer-reservations.js'
import { type FirstAttempt, fetchRange } from './fetch.js'
import { RunningRange } from './running.js'
import { RangeWriter } from './writer.js'

/** Where the ranges go. */
export interface DeliveryTarget {
  readonly store: RangeStore
  readonly verifier: DeferredVerifier
  /** Number of ranges that an earlier run has stored. */
  readonly storedParts?: number
  /** Bytes that a range gathers for one write; 0 for a store that needs nothing gathered. */
  readonly batchBytes: number
  /** Called for each range that is in the store, with the CRC-32 of its bytes. */
  readonly onStored?: ((range: Range, crc32: number) => Promise<void>) | undefined
}

export class UnorderedDelivery {
  readonly #job: DownloadJob
  readonly #object: OpenObject
  readonly #target: DeliveryTarget
  readonly #reservations: TransferReservations
  readonly #running = new Map<Promise<void>, RunningRange>()
  #parts: number

  constructor(job: DownloadJob, object: OpenObject, target: DeliveryTarget) {
    this.#job = job
    this.#object = object
    this.#target = target
    this.#reservations = new TransferReservations(job.context.budget, job.control.signal)
    this.#parts = target.storedParts ?? 0
  }

  /**
   * Resolves when all ranges are stored and the expected digest is known. The first failure ends the transfer. In either case
   * nothing is in flight any more when this returns.
   */
  async run(ranges: Iterable<Range>): Promise<void> {
    const { control } = this.#job
    const { verifier } = this.#target
    const known = verifier.known.catch((error: unknown) => control.fail(error))
    try {
      await this.#startAll(ranges)
      await this.#shareSlowRanges()
    } catch (error) {
      control.fail(error)
    } finally {
      await Promise.all(this.#running.keys())
      await known
    }
    if (control.signal.aborted) throw control.failure(abortError(control.signal))
  }

  async #startAll(ranges: Iterable<Range>): Promise<void> {
    const { context, control } = this.#job
    const { first } = this.#object
    if (first !== undefined) this.#start(first, await this.#reserve(), first)
    for (const range of ranges) {
      await control.whenRunning()
      // Ranges that wait for their next attempt hold no permit, but count here: an outage must not start all of them.
      while (this.#running.size >= context.limit.max) await Promise.race(this.#running.keys())
      await this.#startPermitted(range, await this.#reserve())
    }
    this.#planParts()
  }

  /** One connection can be many times slower than the others. Connections that are done take over half of its rest. */
  async #shareSlowRanges(): Promise<void> {
    const { context, control } = this.#job
    while (this.#running.size > 0) {
      await Promise.race(this.#running.keys())
      if (!context.limit.isFree || this.#slowest() === undefined) continue
      await control.whenRunning()
      const reservation = await this.#reserve()
      // Another transfer may have taken the permit meanwhile. A share is not worth a wait.
      const range = context.limit.isFree ? this.#slowest()?.halve() : undefined
      if (range === undefined) reservation.release()
      else await this.#startPermitted(range, reservation)
    }
  }

  #slowest(): RunningRange | undefined {
    let slowest: { readonly range: RunningRange; readonly ms: number } | undefined
    for (const range of this.#running.values()) {
      const ms = range.shareableMs
      if (ms > (slowest?.ms ?? 0)) slowest = { range, ms }
    }
    return slowest?.range
  }

  #reserve(): Promise<Reservation> {
    return this.#reservations.reserve(this.#target.batchBytes)
  }

  async #startPermitted(range: Range, reservation: Reservation): Promise<void> {
    const { context, control } = this.#job
    try {
      this.#start(range, reservation, { permit: await context.limit.acquire(control.signal) })
    } catch (error) {
      reservation.release()
      throw error
    }
  }

  #start(asked: Range, reservation: Reservation, first: FirstAttempt): void {
    const { context, control } = this.#job
    const range = new RunningRange(asked, context.clock)
    const task = this.#store(range, first, reservation.buffer())
      .then(() => control.meter.partDone())
      .catch((error: unknown) => control.fail(error))
      .finally(() => {
        reservation.release({ reuse: true })
        this.#running.delete(task)
      })
    this.#running.set(task, range)
    this.#parts++
    // Ranges that follow the segments can be more than were planned before those were known.
    if (this.#parts > (control.meter.snapshot.totalParts ?? 0)) this.#planParts()
  }

  async #store(range: RunningRange, first: FirstAttempt, buffer: Uint8Array): Promise<void> {
    const { store, verifier, onStored } = this.#target
    const position = range.offset - this.#object.wanted.offset
    const writer = new RangeWriter(store, verifier, position, buffer, onStored !== undefined)
    try {
      await fetchRange(this.#job, this.#object, range, first, (chunk) => {
        range.received(chunk.byteLength)
        return writer.push(chunk)
      })
    } finally {
      // After a failure, too: a pending write must not outlive the file that it goes to.
      await writer.end()
    }
    const { offset, length } = range
    if (onStored !== undefined && writer.crc32 !== undefined) await onStored({ offset, length }, writer.crc32)
  }

  #planParts(): void {
    this.#job.control.meter.plan({ totalBytes: this.#object.wanted.length, totalParts: this.#parts })
  }
}
