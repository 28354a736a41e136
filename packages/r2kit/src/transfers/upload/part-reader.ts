/** Cuts what arrives in chunks of any size into parts of one size. */
import { onAbort } from '../../base/abort.js'
import type { Clock } from '../../base/clock.js'
import { abortError, isR2Error, R2Error } from '../../errors/index.js'

export interface PartReaderOptions {
  readonly signal: AbortSignal
  readonly clock: Clock
  /** How long the source may yield nothing, in milliseconds; `Infinity` for no bound. */
  readonly sourceTimeoutMs: number
}

export class PartReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #options: PartReaderOptions
  /** What was read beyond the part before; undefined before the first read and after the last. */
  #rest: Uint8Array | undefined
  #ended = false

  constructor(chunks: AsyncIterator<Uint8Array>, options: PartReaderOptions) {
    this.#chunks = chunks
    this.#options = options
  }

  /** Whether the next part has bytes already. */
  get isReady(): boolean {
    return this.#rest !== undefined
  }

  /** Waits until the source has given its next bytes, or has ended. */
  async ready(): Promise<void> {
    if (!this.#ended) this.#rest ??= await this.#next()
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

  async #next(): Promise<Uint8Array | undefined> {
    const result = await this.#read().catch((cause: unknown) => {
      // Errors about the body of a request are about the source here.
      if (isR2Error(cause) && cause.field !== 'body') throw cause
      throw new R2Error('SourceFailed', `the source could not be read: ${messageOf(cause)}`, {
        field: 'source',
        hint: isR2Error(cause) ? cause.hint : undefined,
        cause,
      })
    })
    if (!result.done) return result.value
    this.#ended = true
    return undefined
  }

  /** A source that never yields must not hold up the end of the transfer, nor keep its memory. */
  #read(): Promise<IteratorResult<Uint8Array>> {
    const { signal, clock, sourceTimeoutMs } = this.#options
    if (signal.aborted) return Promise.reject(abortError(signal))
    return new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
      const forget = onAbort(signal, () => {
        timer?.cancel()
        reject(abortError(signal))
      })
      // Keeps the process alive, which would otherwise end silently with a source that has no handle, and leave the upload behind.
      const isBounded = sourceTimeoutMs < Number.POSITIVE_INFINITY
      const timer = isBounded
        ? clock.after(sourceTimeoutMs, () => end(() => reject(stalled(sourceTimeoutMs))), true)
        : undefined
      const end = (settle: () => void) => {
        forget()
        timer?.cancel()
        settle()
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
