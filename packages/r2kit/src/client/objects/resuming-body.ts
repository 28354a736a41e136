/**
 * The body of a streamed read that survives broken connections (requirement 5.5). It counts the bytes it has delivered and
 * buffers none: after a failure it requests the range from the next byte on.
 */

import { base64FromBytes } from '../../base/bytes.js'
import { createChecksum } from '../../base/checksums/index.js'
import { sleep } from '../../base/clock.js'
import type { IncrementalHash } from '../../base/hash/types.js'
import { noop } from '../../base/noop.js'
import { abortError, isR2Error, R2Error, type RetryVerdict, withContext, withVerdict } from '../../errors/index.js'
import type { RetryDecision } from '../../resilience/index.js'
import type { ObjectChecksum } from '../fields/checksum.js'
import type { CallOptions } from '../operation.js'
import type { Runtime } from '../runtime.js'
import type { GetObjectStreamOutput } from './get-object.js'
import { type GetStream, getPinnedRange } from './pinned-range.js'
import type { ReadObjectInput } from './read-object.js'
import { checksumMismatch } from './stored-checksum.js'

/** The read whose body is delivered. */
export interface ResumableRead {
  readonly input: ReadObjectInput
  readonly options: CallOptions
  /** Whether a broken body is resumed; if not, its bytes are counted only. */
  readonly resumes: boolean
  /** The first response. */
  readonly first: GetObjectStreamOutput
  /** The checksum of all bytes, which they are compared with; undefined where they are not. */
  readonly checksum: ObjectChecksum | undefined
  /** When the call began, on the monotonic clock. */
  readonly startedMs: number
  readonly getStream: GetStream
}

export const resumingBody = (runtime: Runtime, read: ResumableRead): ReadableStream<Uint8Array<ArrayBuffer>> =>
  new ResumingBody(runtime, read).stream

class ResumingBody {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>
  readonly #runtime: Runtime
  readonly #read: ResumableRead
  readonly #deadlineMs: number
  readonly #attemptsMax: number
  /** Ends a wait between attempts when the reader leaves. */
  readonly #left = new AbortController()
  readonly #offset: number
  readonly #length: number
  #delivered = 0
  /** Over all bytes that were delivered, whatever response they came with. */
  readonly #hash: IncrementalHash | undefined
  /** Requests that failed since the last byte. */
  #failed = 0
  #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>

  constructor(runtime: Runtime, read: ResumableRead) {
    const { first, options, startedMs } = read
    this.#runtime = runtime
    this.#read = read
    this.#deadlineMs = startedMs + (options.timeoutMs ?? Number.POSITIVE_INFINITY)
    // The first request counts. Each break has at least one request for the rest: `maxAttempts` bounds how often a request is
    // sent, and that for the rest is another one.
    this.#attemptsMax = Math.max(2, options.maxAttempts ?? runtime.retry.maxAttempts)
    this.#offset = first.contentRange?.offset ?? 0
    this.#length = first.contentRange?.length ?? first.size
    this.#hash = read.checksum && createChecksum(read.checksum.algorithm)
    this.#reader = first.body.getReader()
    this.stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        pull: (controller) => this.#pull(controller),
        cancel: (reason) => {
          this.#left.abort()
          // A body that is broken already rejects the cancellation: there is nothing to end.
          return this.#reader.cancel(reason).catch(noop)
        },
      },
      // No read-ahead: the transport's stream has a buffer already.
      { highWaterMark: 0 },
    )
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    for (;;) {
      try {
        const { done, value } = await this.#reader.read()
        if (done) {
          if (this.#left.signal.aborted) return
          if (this.#delivered === this.#length) return this.#close(controller)
          throw new R2Error('StreamInterrupted', `the body ended after ${this.#delivered} of ${this.#length} bytes`)
        }
        this.#delivered += value.byteLength
        if (this.#delivered > this.#length) {
          await this.#reader.cancel()
          throw tooLong(this.#length)
        }
        this.#failed = 0
        this.#hash?.update(value)
        return controller.enqueue(value)
      } catch (error) {
        // All bytes have arrived: a connection that breaks afterwards changes nothing.
        if (isR2Error(error, 'IntegrityMismatch')) throw error
        if (this.#delivered === this.#length) return this.#close(controller)
        await this.#resume(error)
        if (this.#left.signal.aborted) return
      }
    }
  }

  /** Ends the stream, or throws where its bytes are not those that were stored: the reader must not take them for the object. */
  #close(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): void {
    const { checksum } = this.#read
    if (checksum !== undefined && this.#hash !== undefined) {
      const received = base64FromBytes(this.#hash.digest())
      if (received !== checksum.value) throw this.#withContext(checksumMismatch(checksum, received), 'do-not-retry')
    }
    controller.close()
  }

  /** Opens the next reader, or throws the error that ends the stream. */
  async #resume(failure: unknown): Promise<void> {
    const { clock, disposed } = this.#runtime
    const { signal } = this.#read.options
    for (let error = failure; ; ) {
      if (this.#left.signal.aborted) return
      if (signal?.aborted) throw this.#withContext(abortError(signal))
      this.#failed++
      const decision = this.#decide(error)
      if (decision.verdict !== 'retry-after') throw this.#withContext(error, decision.verdict)
      await sleep(clock, decision.delayMs, this.#left.signal, signal, disposed).catch(noop)
      if (this.#left.signal.aborted) return
      if (signal?.aborted) throw this.#withContext(abortError(signal))
      try {
        const { body } = await this.#requestRest()
        this.#reader = body.getReader()
        if (this.#left.signal.aborted) await this.#reader.cancel()
        return
      } catch (next) {
        error = next
      }
    }
  }

  #requestRest(): Promise<GetObjectStreamOutput> {
    const { input, first, options, getStream } = this.#read
    const timeoutMs = this.#deadlineMs - this.#runtime.clock.monotonicMs()
    const attempt: CallOptions = { ...options, maxAttempts: 1 }
    return getPinnedRange(
      getStream,
      input,
      first,
      { offset: this.#offset + this.#delivered, length: this.#length - this.#delivered },
      timeoutMs === Number.POSITIVE_INFINITY ? attempt : { ...attempt, timeoutMs },
    )
  }

  /** Decides whether the rest is requested, or the error ends the stream. */
  #decide(error: unknown): RetryDecision {
    const { resumes, first } = this.#read
    // Without an ETag the rest may be of another object.
    if (!resumes || !isR2Error(error) || first.etag === '' || this.#delivered > this.#length)
      return { verdict: 'do-not-retry' }
    const { clock, retry } = this.#runtime
    const decision = retry.decide(error, this.#failed, this.#attemptsMax)
    const isInTime = decision.verdict !== 'retry-after' || clock.monotonicMs() + decision.delayMs < this.#deadlineMs
    return isInTime ? decision : { verdict: 'no-more-retries' }
  }

  #withContext(error: unknown, verdict?: RetryVerdict): unknown {
    if (!isR2Error(error)) return error
    if (verdict !== undefined) withVerdict(error, verdict)
    const { bucket, key } = this.#read.input
    return withContext(error, { operation: 'GetObject', bucket, key, attempts: this.#failed || 1 })
  }
}

const tooLong = (length: number): R2Error =>
  new R2Error('InvalidResponse', `the response's body is longer than the ${length} bytes it announced`)
