/**
 * Fetches ranges in parallel, and delivers their bytes to a reader in order. A window bounds the bytes that are fetched ahead of
 * the reader; each buffer is reserved from the shared budget, and released when the reader has taken it.
 *
 * Two activities run side by side:
 *
 * - `#startAll` starts the next range when the window has space, its buffer is reserved, and a permit is free. It waits in
 *   `#changed` until a range has ended or was taken.
 * - `#deliver` runs whenever bytes arrive or a read becomes pending. It gives the next bytes to the reader, and releases buffers
 *   that are taken. It waits for the expected digest, because delivered bytes cannot be read back.
 *
 * The delivery is over when the last byte is delivered, or when the transfer is aborted.
 */
import { abortError } from '../../../errors/index.js'
import type { StreamOutlet } from '../../handle/stream-download.js'
import type { Reservation } from '../../memory-budget.js'
import type { DeferredVerifier } from '../deferred-verifier.js'
import type { DownloadJob, OpenObject, Range } from '../job.js'
import type { DownloadResult, StreamDownloadOptions } from '../options.js'
import { TransferReservations } from '../transfer-reservations.js'
import { RangeBuffer } from './buffer.js'
import { type FirstAttempt, fetchRange } from './fetch.js'

/** Largest default window. */
const windowBytesMost = 32 * 1024 * 1024
/** Ranges in the window per request in flight: one slow request must not stop the others. */
const rangesPerRequest = 2

export class OrderedDelivery {
  readonly #job: DownloadJob<StreamDownloadOptions>
  readonly #object: OpenObject
  readonly #outlet: StreamOutlet<DownloadResult>
  readonly #verifier: DeferredVerifier
  readonly #reservations: TransferReservations
  /** One size for all buffers, so that they can be reused. */
  readonly #bufferBytes: number
  readonly #running = new Set<Promise<void>>()
  /** Ranges that are started and not yet taken by the reader, in order. */
  readonly #queue: { readonly buffer: RangeBuffer; readonly reservation: Reservation }[] = []
  /** Whether the expected digest is known. */
  #isKnown = false
  /** Guards against re-entry: a reader may read again while it is given bytes. */
  #isDelivering = false
  /** Position of the next byte to deliver, from the start of the wanted bytes. */
  #position = 0
  #end: () => void = () => undefined
  #wakers: (() => void)[] = []

  constructor(
    job: DownloadJob<StreamDownloadOptions>,
    object: OpenObject,
    outlet: StreamOutlet<DownloadResult>,
    verifier: DeferredVerifier,
    bufferBytes: number,
  ) {
    this.#job = job
    this.#object = object
    this.#outlet = outlet
    this.#verifier = verifier
    this.#reservations = new TransferReservations(job.context.budget, job.control.signal, true)
    this.#bufferBytes = bufferBytes
  }

  /** Resolves when all bytes are delivered. In any case nothing is in flight or reserved any more when this returns. */
  async run(ranges: Iterable<Range>): Promise<void> {
    const { control } = this.#job
    const fail = (error: unknown) => control.fail(error)
    const over = new Promise<void>((resolve) => {
      this.#end = resolve
    })
    const stop = () => {
      this.#end()
      this.#wake()
    }
    control.signal.addEventListener('abort', stop, { once: true })
    if (control.signal.aborted) stop()
    this.#outlet.onRead = this.#deliver
    await Promise.all([this.#startAll(ranges).catch(fail), this.#deliverOnceKnown().catch(fail), over])
    await Promise.all(this.#running)
    control.signal.removeEventListener('abort', stop)
    for (const { reservation } of this.#queue) reservation.release()
    if (control.signal.aborted) throw control.failure(abortError(control.signal))
  }

  async #startAll(ranges: Iterable<Range>): Promise<void> {
    const { context, control } = this.#job
    const { first } = this.#object
    if (first !== undefined) this.#start(first, await this.#reservations.reserve(this.#bufferBytes), first)
    for (const range of ranges) {
      await control.whenRunning()
      while (this.#running.size >= context.limit.max || this.#isWindowFull) await this.#changed()
      const reservation = await this.#reservations.reserve(this.#bufferBytes)
      try {
        const permit = await context.limit.acquire(control.signal)
        this.#start(range, reservation, { permit })
      } catch (error) {
        reservation.release()
        throw error
      }
    }
  }

  /** The window counts buffers, which are what takes memory, however short the ranges in them are. One always fits. */
  get #isWindowFull(): boolean {
    const { context, options } = this.#job
    if (this.#queue.length === 0) return false
    const enoughBytes = context.limit.limit * rangesPerRequest * this.#bufferBytes
    const windowBytes = options.windowBytes ?? Math.min(windowBytesMost, context.budget.limitBytes / 2, enoughBytes)
    return (this.#queue.length + 1) * this.#bufferBytes > windowBytes
  }

  #start(range: Range, reservation: Reservation, first: FirstAttempt): void {
    const { control } = this.#job
    const buffer = new RangeBuffer(range.length, reservation.buffer(), this.#deliver)
    this.#queue.push({ buffer, reservation })
    const task = fetchRange(this.#job, this.#object, range, first, buffer.push)
      .then(() => control.meter.partDone())
      .catch((error: unknown) => control.fail(error))
      .finally(() => {
        this.#running.delete(task)
        this.#wake()
      })
    this.#running.add(task)
  }

  async #deliverOnceKnown(): Promise<void> {
    await this.#verifier.known
    this.#isKnown = true
    this.#deliver()
  }

  #deliver = (): void => {
    const { control } = this.#job
    if (!this.#isKnown || this.#isDelivering || control.signal.aborted) return
    this.#isDelivering = true
    try {
      for (let [next] = this.#queue; next !== undefined; [next] = this.#queue) {
        this.#give(next.buffer)
        if (!next.buffer.isTaken) break
        this.#queue.shift()
        next.reservation.release({ reuse: true })
        this.#wake()
      }
      if (this.#position === this.#object.wanted.length) this.#end()
    } catch (error) {
      control.fail(error)
    } finally {
      this.#isDelivering = false
    }
  }

  #give(buffer: RangeBuffer): void {
    while (buffer.hasMore && this.#outlet.isReadPending) {
      const bytes = buffer.next
      const given = this.#outlet.give(bytes)
      this.#verifier.accept(this.#position, bytes.subarray(0, given))
      this.#position += given
      buffer.took(given)
    }
  }

  /** Resolves when a range has ended or was taken. @throws R2Error when the transfer ends early */
  async #changed(): Promise<void> {
    const { signal } = this.#job.control
    if (!signal.aborted) await new Promise<void>((resolve) => this.#wakers.push(resolve))
    if (signal.aborted) throw abortError(signal)
  }

  #wake(): void {
    const wakers = this.#wakers
    this.#wakers = []
    for (const wake of wakers) wake()
  }
}
