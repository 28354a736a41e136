/** A range that waits in memory for its turn. Its buffer was reserved before it was asked for, so taking its bytes never waits. */

/** What the reader is given at once: a size that costs little per byte, and little memory until a chunk is collected. */
const chunkBytes = 64 * 1024

export class RangeBuffer {
  readonly length: number
  readonly #buffer: Uint8Array
  #filled = 0
  #taken = 0
  #wake: (() => void) | undefined

  /** @param buffer of at least `length` bytes, and this range's until all of it has been taken */
  constructor(length: number, buffer: Uint8Array) {
    this.length = length
    this.#buffer = buffer
  }

  push = (lent: Uint8Array): undefined => {
    this.#buffer.set(lent, this.#filled)
    this.#filled += lent.byteLength
    this.wake()
  }

  /** Lets the one who waits look again: bytes have come, or the transfer is over. */
  wake(): void {
    this.#wake?.()
    this.#wake = undefined
  }

  /** The next bytes, lent until the buffer serves again, or undefined after the last ones. */
  async take(signal: AbortSignal): Promise<Uint8Array | undefined> {
    if (this.#taken === this.length) return undefined
    while (this.#taken === this.#filled) {
      signal.throwIfAborted()
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const chunk = this.#buffer.subarray(this.#taken, Math.min(this.#filled, this.#taken + chunkBytes))
    this.#taken += chunk.byteLength
    return chunk
  }
}
