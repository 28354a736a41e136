/** A range that waits in memory for its turn. Its bytes were reserved before it was asked for, so taking them never waits. */
export class RangeBuffer {
  readonly length: number
  #chunks: Uint8Array[] = []
  #taken = 0
  #left: number
  #wake: (() => void) | undefined

  constructor(length: number) {
    this.length = length
    this.#left = length
  }

  push = (chunk: Uint8Array): undefined => {
    this.#chunks.push(chunk)
    this.wake()
  }

  /** Lets the one who waits look again: bytes have come, or the transfer is over. */
  wake(): void {
    this.#wake?.()
    this.#wake = undefined
  }

  /** The next chunk, or undefined after the last one. */
  async take(signal: AbortSignal): Promise<Uint8Array | undefined> {
    if (this.#left === 0) return undefined
    while (this.#taken === this.#chunks.length) {
      signal.throwIfAborted()
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const chunk = this.#chunks[this.#taken++]
    if (this.#taken === this.#chunks.length) {
      this.#chunks = []
      this.#taken = 0
    }
    this.#left -= chunk?.byteLength ?? 0
    return chunk
  }
}
