/** Cuts what arrives in chunks of any size into parts of one size. */
import { abortError, isR2Error, R2Error } from '../../errors/index.js'

export class PartReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #signal: AbortSignal
  /** What was read beyond the part before; undefined before the first read and after the last. */
  #rest: Uint8Array | undefined
  #ended = false

  constructor(chunks: AsyncIterator<Uint8Array>, signal: AbortSignal) {
    this.#chunks = chunks
    this.#signal = signal
  }

  /**
   * Fills the buffer as far as the source goes. Bytes are copied: a source may yield views of one large buffer, or the same
   * buffer again. Whether more follows is known at the end of a part, so that no empty part is ever begun.
   */
  async fill(buffer: Uint8Array): Promise<{ readonly length: number; readonly isLast: boolean }> {
    let length = 0
    while (!this.#ended) {
      this.#rest ??= await this.#next()
      if (this.#rest === undefined) break
      if (length === buffer.byteLength) return { length, isLast: false }
      const taken = this.#rest.subarray(0, buffer.byteLength - length)
      buffer.set(taken, length)
      length += taken.byteLength
      this.#rest = taken.byteLength < this.#rest.byteLength ? this.#rest.subarray(taken.byteLength) : undefined
    }
    return { length, isLast: true }
  }

  /** Dismisses the source; one that does not answer is not waited for. */
  close(): void {
    this.#rest = undefined
    if (this.#ended) return
    this.#ended = true
    this.#chunks.return?.().catch(() => {
      // The upload has its outcome; how the source takes its dismissal changes nothing.
    })
  }

  async #next(): Promise<Uint8Array | undefined> {
    const result = await untilAbort(this.#chunks.next(), this.#signal).catch((cause: unknown) => {
      if (isR2Error(cause)) throw cause
      throw new R2Error(
        'InvalidInput',
        `the source could not be read: ${cause instanceof Error ? cause.message : cause}`,
        {
          field: 'source',
          cause,
        },
      )
    })
    if (!result.done) return result.value
    this.#ended = true
    return undefined
  }
}

/** A source that never answers must not hold up the end of the transfer. */
const untilAbort = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const onAbort = () => reject(abortError(signal))
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
