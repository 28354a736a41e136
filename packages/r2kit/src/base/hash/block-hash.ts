import { type Algorithm, addBlocks, blockBytes, digestOf } from './blocks.js'
import type { IncrementalHash } from './types.js'

/** A hash over blocks of 64 bytes that takes its input in chunks. */
export class BlockHash implements IncrementalHash {
  readonly #algorithm: Algorithm
  /** State after the blocks so far. */
  readonly #state: Int32Array
  /** The bytes that do not fill a block yet. */
  readonly #pending = new Uint8Array(blockBytes)
  #length = 0

  constructor(algorithm: Algorithm) {
    this.#algorithm = algorithm
    this.#state = Int32Array.from(algorithm.initial())
  }

  /** Adds the next bytes. */
  update(chunk: Uint8Array): void {
    const filled = this.#length % blockBytes
    const missing = filled === 0 ? 0 : Math.min(blockBytes - filled, chunk.byteLength)
    this.#pending.set(chunk.subarray(0, missing), filled)
    this.#length += chunk.byteLength
    if (filled + missing === blockBytes) addBlocks(this.#algorithm, this.#state, this.#pending)
    else if (filled > 0) return
    const rest = chunk.subarray(missing)
    addBlocks(this.#algorithm, this.#state, rest)
    this.#pending.set(rest.subarray(rest.byteLength - (rest.byteLength % blockBytes)))
  }

  /** The digest. The hash cannot be used afterwards. */
  digest(): Uint8Array {
    const filled = this.#length % blockBytes
    return digestOf(this.#algorithm, this.#pending.subarray(0, filled), this.#state, this.#length - filled)
  }
}
