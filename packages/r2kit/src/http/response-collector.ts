/** Response bodies in memory, collected within their limit: the same for all transports. */
import { clientError, type R2Error } from '../errors/calls.js'
import { isSuccess, maxErrorBytes } from './transport.js'

const nothing = new Uint8Array(0)

/** The body of one response. Over its limit, that of a success is an error, and that of any other status is cut. */
export class ResponseCollector {
  /** `ResponseTooLarge`, once a success is over its limit. */
  error: R2Error | undefined
  readonly #isSuccess: boolean
  readonly #limit: number
  #bytes: Uint8Array = nothing
  #size = 0

  /**
   * @param announcedBytes length by the head of the response; 0 where it announces none
   * @param maxResponseBytes the limit for a success
   */
  constructor(status: number, announcedBytes: number, maxResponseBytes: number) {
    this.#isSuccess = isSuccess(status)
    this.#limit = this.#isSuccess ? maxResponseBytes : maxErrorBytes
    if (announcedBytes > this.#limit) this.#overflow()
    else if (announcedBytes > 0) this.#bytes = new Uint8Array(announcedBytes)
  }

  /** The bytes so far. */
  get body(): Uint8Array {
    return this.#size === this.#bytes.byteLength ? this.#bytes : this.#bytes.subarray(0, this.#size)
  }

  /** Copies a chunk, whose memory may be reused when this returns. Returns false when the rest of the body is not needed. */
  add(chunk: Uint8Array): boolean {
    const end = this.#size + chunk.byteLength
    if (end > this.#limit) {
      if (!this.#overflow()) this.add(chunk.subarray(0, this.#limit - this.#size))
      return false
    }
    if (end > this.#bytes.byteLength) {
      // Doubles, so that a response without `content-length` is copied a few times only.
      const grown = new Uint8Array(Math.min(this.#limit, Math.max(end, this.#size * 2, 4096)))
      grown.set(this.body)
      this.#bytes = grown
    }
    this.#bytes.set(chunk, this.#size)
    this.#size = end
    return true
  }

  #overflow(): boolean {
    if (this.#isSuccess)
      this.error = clientError('ResponseTooLarge', `the response has more than its limit of ${this.#limit} bytes`)
    return this.#isSuccess
  }
}

/**
 * Collects a stream, and cancels it when it is over its limit.
 *
 * @throws R2Error `ResponseTooLarge`
 */
export const collect = async (
  reader: ReadableStreamDefaultReader<Uint8Array>,
  collector: ResponseCollector,
): Promise<Uint8Array> => {
  let isWanted = collector.error === undefined
  while (isWanted) {
    const { done, value } = await reader.read()
    if (done) return collector.body
    isWanted = collector.add(value)
  }
  await reader.cancel()
  if (collector.error !== undefined) throw collector.error
  return collector.body
}

/**
 * @param exactLength the body's `content-length`, where that is known to be exact
 * @param hidesHeaders whether the page may not see the coding of the response
 * @throws R2Error `StreamInterrupted` for a body of another length; `InvalidResponse` where `fetch` may have undone a coding
 */
export const requireLength = async (
  bytes: number,
  exactLength: string | undefined,
  hidesHeaders: boolean | undefined,
): Promise<void> => {
  if (exactLength === undefined || bytes === Number(exactLength)) return
  if (hidesHeaders) throw (await import('./coding-undone.js')).hiddenCodingUndone(bytes, exactLength)
  throw clientError('StreamInterrupted', `the response ended after ${bytes} of ${exactLength} bytes`)
}
