/**
 * A range that waits in memory for its turn. Its buffer is reserved before the range is requested, so the connection never waits
 * for memory.
 */

/** Most bytes that are given to the reader in one chunk: a size that is cheap per byte, and occupies little until it is collected. */
const chunkBytes = 64 * 1024

export class RangeBuffer {
  readonly length: number
  readonly #buffer: Uint8Array
  readonly #onFilled: () => void
  #filled = 0
  #taken = 0

  /**
   * @param buffer at least `length` bytes; owned by the range until all of it has been taken
   * @param onFilled called whenever bytes have arrived
   */
  constructor(length: number, buffer: Uint8Array, onFilled: () => void) {
    this.length = length
    this.#buffer = buffer
    this.#onFilled = onFilled
  }

  push = (chunk: Uint8Array): undefined => {
    this.#buffer.set(chunk, this.#filled)
    this.#filled += chunk.byteLength
    this.#onFilled()
  }

  /** Whether bytes have arrived that have not been taken. */
  get hasMore(): boolean {
    return this.#filled > this.#taken
  }

  /** The next bytes to take. Valid until the buffer is reused. */
  get next(): Uint8Array {
    return this.#buffer.subarray(this.#taken, Math.min(this.#filled, this.#taken + chunkBytes))
  }

  /** Marks that many bytes of `next` as taken. */
  took(bytes: number): void {
    this.#taken += bytes
  }

  get isTaken(): boolean {
    return this.#taken === this.length
  }
}
