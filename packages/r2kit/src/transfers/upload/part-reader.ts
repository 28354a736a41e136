/** Cuts a source that yields chunks of any size into parts of one size. */
import { onAbort } from '#abort'
import type { Clock } from '../../base/clock.js'
import { abortError, isR2Error, R2Error } from '../../errors/index.js'

export interface PartReaderOptions {
  readonly signal: AbortSignal
  readonly clock: Clock
  /** Longest wait for the next chunk in milliseconds; `Infinity` for no limit. */
  readonly sourceTimeoutMs: number
}

export class PartReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #options: PartReaderOptions
  /** Bytes that were read beyond the last part; undefined before the first read and after the last. */
  #rest: Uint8Array | undefined
  #hasEnded = false

  constructor(chunks: AsyncIterator<Uint8Array>, options: PartReaderOptions) {
    this.#chunks = chunks
    this.#options = options
  }

  /** Whether bytes of the next part have been read. */
  get isReady(): boolean {
    return this.#rest !== undefined
  }

  /** Resolves when the source has yielded its next bytes, or has ended. */
  async ready(): Promise<void> {
    if (!this.#hasEnded) this.#rest ??= await this.#next()
  }

  /**
   * Fills the buffer, or as much of it as the source has bytes for. The bytes are copied: a source may yield views of one large
   * buffer, or reuse one. Whether more bytes follow is known at the end of a part, so no empty part is ever begun.
   */
  async fill(buffer: Uint8Array): Promise<{ readonly length: number; readonly isLast: boolean }> {
    let length = 0
    while (!this.#hasEnded) {
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

  async #next(): Promise<Uint8Array | undefined> {
    const result = await this.#read().catch((cause: unknown) => {
      // The checks of a chunk name the body of a request; here the chunk is the source's.
      if (isR2Error(cause) && cause.field !== 'body') throw cause
      throw new R2Error('SourceFailed', `the source could not be read: ${messageOf(cause)}`, {
        field: 'source',
        hint: isR2Error(cause) ? cause.hint : undefined,
        cause,
      })
    })
    if (!result.done) return result.value
    this.#hasEnded = true
    return undefined
  }

  /** Bounded: a source that never yields must not keep the transfer from ending, nor keep its memory. */
  #read(): Promise<IteratorResult<Uint8Array>> {
    const { signal, clock, sourceTimeoutMs } = this.#options
    if (signal.aborted) return Promise.reject(abortError(signal))
    return new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
      const stopListening = onAbort(signal, () => {
        timer?.cancel()
        reject(abortError(signal))
      })
      // The timer keeps the process alive. A source without an open handle would let it exit silently, with the upload pending.
      const timer =
        sourceTimeoutMs < Number.POSITIVE_INFINITY
          ? clock.after(sourceTimeoutMs, () => end(() => reject(stalled(sourceTimeoutMs))), true)
          : undefined
      const end = (finish: () => void) => {
        stopListening()
        timer?.cancel()
        finish()
      }
      this.#chunks.next().then(
        (result) => end(() => resolve(result)),
        (error: unknown) => end(() => reject(error)),
      )
    })
  }
}

const stalled = (sourceTimeoutMs: number): R2Error =>
  new R2Error('SourceStalled', `the source has yielded no data for ${secondsOf(sourceTimeoutMs)}`, {
    field: 'source',
  })

const secondsOf = (ms: number): string => (ms === 1000 ? '1 second' : `${ms / 1000} seconds`)

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
