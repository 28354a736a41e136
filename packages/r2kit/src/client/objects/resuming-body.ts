/**
 * A body that goes on where its connection broke (requirement 5.5). Nothing is held: what was handed on is counted, and the
 * next request begins with the byte after it.
 */
import { type Clock, sleep } from '../../base/clock.js'
import { abortError, isR2Error, R2Error, withContext } from '../../errors/index.js'
import type { RetryPolicy } from '../../resilience/index.js'
import type { CallOptions } from '../operation.js'
import type { GetObjectStreamOutput } from './get-object.js'
import { type GetStream, getPinnedRange } from './pinned-range.js'
import type { ReadObjectInput } from './read-object.js'

export interface Resumption {
  readonly getStream: GetStream
  readonly retry: RetryPolicy
  readonly clock: Clock
  /** Aborts when the client is disposed. */
  readonly disposed: AbortSignal
}

/** Options of a read whose body flows. */
export interface GetStreamOptions extends CallOptions {
  /**
   * Whether a body that breaks off or stalls goes on with a range request from the next byte, pinned to the same object. The
   * count of attempts begins anew with every byte that arrives; `maxAttempts: 1` switches this off too. @defaultValue true
   */
  readonly resume?: boolean | undefined
}

/** Wraps the body of a first response; `startedMs` is when the call began, on the monotonic clock. */
export const resumingBody = (
  resumption: Resumption,
  input: ReadObjectInput,
  first: GetObjectStreamOutput,
  options: GetStreamOptions,
  startedMs: number,
): ReadableStream<Uint8Array> => new ResumingBody(resumption, input, first, options, startedMs).stream

class ResumingBody {
  readonly stream: ReadableStream<Uint8Array>
  readonly #resumption: Resumption
  readonly #input: ReadObjectInput
  readonly #first: GetObjectStreamOutput
  readonly #options: GetStreamOptions
  readonly #deadlineMs: number
  /** Ends a wait between attempts when the reader leaves. */
  readonly #left = new AbortController()
  readonly #offset: number
  readonly #length: number
  #handedOn = 0
  /** Attempts that failed since the last byte. */
  #failed = 0
  #reader: ReadableStreamDefaultReader<Uint8Array>

  constructor(
    resumption: Resumption,
    input: ReadObjectInput,
    first: GetObjectStreamOutput,
    options: GetStreamOptions,
    startedMs: number,
  ) {
    this.#resumption = resumption
    this.#input = input
    this.#first = first
    this.#options = options
    this.#deadlineMs = startedMs + (options.timeoutMs ?? Number.POSITIVE_INFINITY)
    this.#offset = first.contentRange?.offset ?? 0
    this.#length = first.contentRange?.length ?? first.size
    this.#reader = first.body.getReader()
    // No buffer of its own: the transport's stream below reads ahead already.
    this.stream = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => this.#pull(controller),
        cancel: (reason) => {
          this.#left.abort()
          // Where the connection is broken already there is nothing to end.
          return this.#reader.cancel(reason).catch(ignore)
        },
      },
      { highWaterMark: 0 },
    )
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    for (;;) {
      try {
        const { done, value } = await this.#reader.read()
        if (done) {
          if (this.#left.signal.aborted) return
          if (this.#handedOn === this.#length) return controller.close()
          throw new R2Error('StreamInterrupted', `the body ended after ${this.#handedOn} of ${this.#length} bytes`)
        }
        this.#handedOn += value.byteLength
        if (this.#handedOn > this.#length) {
          await this.#reader.cancel()
          throw tooLong(this.#length)
        }
        this.#failed = 0
        return controller.enqueue(value)
      } catch (error) {
        // A connection that breaks when all has arrived takes nothing away.
        if (this.#handedOn === this.#length) return controller.close()
        await this.#goOn(error)
        if (this.#left.signal.aborted) return
      }
    }
  }

  /** Opens the next reader, or throws what the caller is to see. */
  async #goOn(failure: unknown): Promise<void> {
    const { retry, clock, disposed, getStream } = this.#resumption
    const { signal, maxAttempts } = this.#options
    const attempt: CallOptions = { ...this.#options, maxAttempts: 1 }
    for (let error = failure; ; ) {
      if (this.#left.signal.aborted) return
      if (signal?.aborted) throw this.#known(abortError(signal))
      this.#failed++
      const delayMs = this.#mayGoOn(error) ? retry.delayAfter(error, this.#failed, maxAttempts) : undefined
      if (delayMs === undefined || clock.monotonicMs() + delayMs >= this.#deadlineMs) throw this.#known(error)
      await sleep(clock, delayMs, this.#left.signal, signal, disposed).catch(ignore)
      if (this.#left.signal.aborted) return
      if (signal?.aborted) throw this.#known(abortError(signal))
      try {
        const timeoutMs = this.#deadlineMs - clock.monotonicMs()
        const range = { offset: this.#offset + this.#handedOn, length: this.#length - this.#handedOn }
        const call = timeoutMs === Number.POSITIVE_INFINITY ? attempt : { ...attempt, timeoutMs }
        const { body } = await getPinnedRange(getStream, this.#input, this.#first, range, call)
        this.#reader = body.getReader()
        if (this.#left.signal.aborted) await this.#reader.cancel()
        return
      } catch (next) {
        error = next
      }
    }
  }

  #mayGoOn(error: unknown): error is R2Error {
    return isR2Error(error) && this.#first.etag !== '' && this.#handedOn < this.#length
  }

  #known(error: unknown): unknown {
    if (!isR2Error(error)) return error
    const { bucket, key } = this.#input
    return withContext(error, { operation: 'GetObject', bucket, key, attempts: this.#failed || 1 })
  }
}

const ignore = (): void => undefined

const tooLong = (length: number): R2Error =>
  new R2Error('InvalidResponse', `the response's body is longer than the ${length} bytes it announced`)
