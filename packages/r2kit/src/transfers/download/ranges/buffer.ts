/** A range that waits in memory for its turn. Its buffer was reserved before it was asked for, so taking its bytes never waits. */

/** What the reader is given at once: a size that costs little per byte, and little memory until a chunk is collected. */
const chunkBytes = 64 * 1024

export class RangeBuffer {
  readonly length: number
  readonly #buffer: Uint8Array
  readonly #onFilled: () => void
  #filled = 0
  #taken = 0

  /**
   * @param buffer of at least `length` bytes, and this range's until all of it has been taken
   * @param onFilled told whenever bytes have come
   */
  constructor(length: number, buffer: Uint8Array, onFilled: () => void) {
    this.length = length
    this.#buffer = buffer
    this.#onFilled = onFilled
  }

  push = (lent: Uint8Array): undefined => {
    this.#buffer.set(lent, this.#filled)
    this.#filled += lent.byteLength
    this.#onFilled()
  }

  /** Something has come that can be taken. */
  get hasMore(): boolean {
    return this.#filled > this.#taken
  }

  /** What can be taken next; lent until the buffer serves again. */
  get next(): Uint8Array {
    return this.#buffer.subarray(this.#taken, Math.min(this.#filled, this.#taken + chunkBytes))
  }

  /** Says that so many bytes of `next` have been taken. */
  took(bytes: number): void {
    this.#taken += bytes
  }

  get isTaken(): boolean {
    return this.#taken === this.length
  }
}
