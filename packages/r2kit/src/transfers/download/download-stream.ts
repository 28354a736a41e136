/**
 * An object as a stream, fetched in parallel ranges and delivered in order. The reader drives: what is fetched ahead of it is
 * bounded by a window and reserved from the shared budget, and given back when the reader has taken it.
 */

import { abortError } from '../../errors/index.js'
import type { StreamOutlet } from '../handle/stream-download.js'
import type { Reservation } from '../memory-budget.js'
import { DeferredVerifier } from './deferred-verifier.js'
import { resolveExpectedDigest } from './expected-digest.js'
import type { DownloadJob, OpenObject, OpenRange, Range } from './job.js'
import { dismiss, openObject } from './open-object.js'
import type { DownloadResult, StreamDownloadOptions } from './options.js'
import { RangeBuffer } from './ranges/buffer.js'
import { fetchRange } from './ranges/fetch.js'
import { countRanges, longestOf } from './ranges/plan.js'
import { rangesOf } from './ranges-of.js'
import { resultOf } from './result.js'
import { TransferReservations } from './transfer-reservations.js'

/** Unless the reader says otherwise. */
const windowBytesMost = 32 * 1024 * 1024
/** One request may be slow while the others go on: so many more ranges than can be under way keep those busy. */
const rangesPerRequest = 2

export const downloadStream = async (
  job: DownloadJob<StreamDownloadOptions>,
  outlet: StreamOutlet<DownloadResult>,
): Promise<DownloadResult> => {
  const { control } = job
  const object = await openObject(job)
  try {
    const check = new DeferredVerifier(resolveExpectedDigest(job, object), inOrder)
    outlet.open(resultOf(object, undefined))
    const ranges = rangesOf(job, object)
    control.meter.plan({
      totalBytes: object.wanted.length,
      totalParts: countRanges(ranges()) + (object.first ? 1 : 0),
    })
    const bufferBytes = Math.max(object.first?.length ?? 0, longestOf(ranges()))
    await new OrderedDelivery(job, object, outlet, check, bufferBytes).run(ranges())
    control.meter.state = 'verifying'
    const verifiedBy = await check.finish()
    outlet.close()
    return resultOf(object, verifiedBy)
  } catch (error) {
    await dismiss(object)
    throw error
  }
}

/** Bytes that come in order are never read back. */
const inOrder = {
  read: (position: number): never => {
    throw new Error(`the bytes from ${position} have been delivered`)
  },
}

class OrderedDelivery {
  readonly #job: DownloadJob<StreamDownloadOptions>
  readonly #object: OpenObject
  readonly #outlet: StreamOutlet<DownloadResult>
  readonly #check: DeferredVerifier
  readonly #allowance: TransferReservations
  /** One size for all, so that they serve again. */
  readonly #bufferBytes: number
  readonly #running = new Set<Promise<void>>()
  /** In order: started and not yet taken by the reader. */
  readonly #waiting: { readonly buffer: RangeBuffer; readonly reservation: Reservation }[] = []
  /** Nothing is left to be started. */
  #isAllStarted = false
  #isKnown = false
  #isDelivering = false
  /** Of what comes next, from the start of what is wanted. */
  #position = 0
  /** All has been delivered, or nothing more will be. */
  #end: () => void = () => undefined
  #changed: (() => void)[] = []

  constructor(
    job: DownloadJob<StreamDownloadOptions>,
    object: OpenObject,
    outlet: StreamOutlet<DownloadResult>,
    check: DeferredVerifier,
    bufferBytes: number,
  ) {
    const { budget } = job.context
    this.#job = job
    this.#object = object
    this.#outlet = outlet
    this.#check = check
    this.#allowance = new TransferReservations(budget, job.control.signal, true)
    this.#bufferBytes = bufferBytes
  }

  async run(ranges: Iterable<Range>): Promise<void> {
    const { control } = this.#job
    const fail = (error: unknown) => control.fail(error)
    const delivered = new Promise<void>((resolve) => {
      this.#end = resolve
    })
    const stop = () => {
      this.#end()
      this.#notify()
    }
    control.signal.addEventListener('abort', stop, { once: true })
    if (control.signal.aborted) stop()
    this.#outlet.onAsked = this.#deliver
    await Promise.all([this.#startAll(ranges).catch(fail), this.#deliverOnceKnown().catch(fail), delivered])
    await Promise.all(this.#running)
    control.signal.removeEventListener('abort', stop)
    for (const { reservation } of this.#waiting) reservation.release()
    if (control.signal.aborted) throw control.failure(abortError(control.signal))
  }

  async #startAll(ranges: Iterable<Range>): Promise<void> {
    const { context, control } = this.#job
    const { first } = this.#object
    if (first !== undefined) this.#start(first, await this.#allowance.reserve(this.#bufferBytes), first)
    for (const range of ranges) {
      await control.whenRunning()
      while (
        this.#running.size >= context.limit.max ||
        (this.#waiting.length > 0 && (this.#waiting.length + 1) * this.#bufferBytes > this.#windowBytes())
      ) {
        await this.#change()
      }
      const reservation = await this.#allowance.reserve(this.#bufferBytes)
      try {
        const permit = await context.limit.acquire(control.signal)
        this.#start(range, reservation, { permit })
      } catch (error) {
        reservation.release()
        throw error
      }
    }
    this.#isAllStarted = true
    this.#deliver()
  }

  /** Counted in buffers, which are what takes memory, however short the ranges in them. */
  #windowBytes(): number {
    const { context, options } = this.#job
    const enoughBytes = context.limit.limit * rangesPerRequest * this.#bufferBytes
    return options.windowBytes ?? Math.min(windowBytesMost, context.budget.limitBytes / 2, enoughBytes)
  }

  #start(range: Range, reservation: Reservation, started: Pick<OpenRange, 'permit'> & Partial<OpenRange>): void {
    const { control } = this.#job
    const buffer = new RangeBuffer(range.length, reservation.buffer(), this.#deliver)
    this.#waiting.push({ buffer, reservation })
    const task = fetchRange(this.#job, this.#object, range, started, buffer.push)
      .then(() => control.meter.partDone())
      .catch((error: unknown) => control.fail(error))
      .finally(() => {
        this.#running.delete(task)
        this.#notify()
      })
    this.#running.add(task)
    this.#notify()
  }

  /** What has been handed on cannot be read back, so it has to be known what it is checked against. */
  async #deliverOnceKnown(): Promise<void> {
    await this.#check.known
    this.#isKnown = true
    this.#deliver()
  }

  /** Hands on what has come in its turn, as far as the reader asks for it; called whenever either has changed. */
  #deliver = (): void => {
    const { control } = this.#job
    // The reader may ask again while he is given something.
    if (!this.#isKnown || this.#isDelivering || control.signal.aborted) return
    this.#isDelivering = true
    try {
      for (let [next] = this.#waiting; next !== undefined; [next] = this.#waiting) {
        this.#handOn(next.buffer)
        if (!next.buffer.isTaken) break
        this.#waiting.shift()
        next.reservation.release({ reuse: true })
        this.#notify()
      }
      if (this.#isAllStarted && this.#waiting.length === 0) this.#end()
    } catch (error) {
      control.fail(error)
    } finally {
      this.#isDelivering = false
    }
  }

  #handOn(buffer: RangeBuffer): void {
    while (buffer.hasMore && this.#outlet.isAsked) {
      const bytes = buffer.next
      const given = this.#outlet.give(bytes)
      this.#check.accept(this.#position, bytes.subarray(0, given))
      this.#position += given
      buffer.took(given)
    }
  }

  /** Resolves when something has started, ended or been taken; throws when the transfer is to end. */
  async #change(): Promise<void> {
    const { signal } = this.#job.control
    if (!signal.aborted) await new Promise<void>((resolve) => this.#changed.push(resolve))
    if (signal.aborted) throw abortError(signal)
  }

  #notify(): void {
    const waiting = this.#changed
    this.#changed = []
    for (const wake of waiting) wake()
  }
}
