/** What MD5, SHA-1 and SHA-256 have in common (RFC 1321, FIPS 180-4): a state into which blocks of 64 bytes are worked. */
import type { IncrementalHash } from './types.js'

export const blockBytes = 64

/** Works one block of 64 bytes into `state`; `words` is scratch. */
type Compress = (state: Int32Array, words: Int32Array, block: DataView, offset: number) => void

export interface Algorithm {
  readonly initial: () => ArrayLike<number>
  readonly compress: Compress
  readonly littleEndian?: boolean
}

// Every index is within bounds by construction; the fallback satisfies the type, and costs nothing as long as only one
// kind of array comes here.
export const at = (words: Int32Array, index: number): number => words[index] ?? 0
export const rotateLeft = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits))
export const addInto = (state: Int32Array, words: readonly number[]): void => {
  words.forEach((word, index) => {
    state[index] = at(state, index) + word
  })
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The frame that the three share: blocks of 64 bytes, a one bit, zeros, the length in bits. */
export class BlockHash implements IncrementalHash {
  readonly state: Int32Array
  readonly #algorithm: Algorithm
  readonly #words = new Int32Array(80)
  readonly #pending = new Uint8Array(blockBytes)
  #length: number

  /** Starts anew, or goes on from a state after `length` bytes (a multiple of 64). */
  constructor(algorithm: Algorithm, state = algorithm.initial(), length = 0) {
    this.#algorithm = algorithm
    this.state = Int32Array.from(state)
    this.#length = length
  }

  update(chunk: Uint8Array): this {
    let filled = this.#length % blockBytes
    this.#length += chunk.byteLength
    let offset = 0
    if (filled > 0) {
      offset = Math.min(blockBytes - filled, chunk.byteLength)
      this.#pending.set(chunk.subarray(0, offset), filled)
      filled += offset
      if (filled < blockBytes) return this
      this.#compress(viewOf(this.#pending), 0)
    }
    const view = viewOf(chunk)
    for (; offset + blockBytes <= chunk.byteLength; offset += blockBytes) this.#compress(view, offset)
    this.#pending.set(chunk.subarray(offset))
    return this
  }

  digest(): Uint8Array {
    const { littleEndian = false } = this.#algorithm
    const filled = this.#length % blockBytes
    const tail = new Uint8Array(filled < blockBytes - 8 ? blockBytes : 2 * blockBytes)
    tail.set(this.#pending.subarray(0, filled))
    tail[filled] = 0x80
    const view = viewOf(tail)
    // The length in bits has 64 bits; shifts would cut it at 32.
    const low = (this.#length % 2 ** 29) * 8
    const high = Math.floor(this.#length / 2 ** 29)
    view.setUint32(tail.length - 8, littleEndian ? low : high, littleEndian)
    view.setUint32(tail.length - 4, littleEndian ? high : low, littleEndian)
    for (let offset = 0; offset < tail.length; offset += blockBytes) this.#compress(view, offset)
    const digest = new Uint8Array(this.state.byteLength)
    const words = viewOf(digest)
    this.state.forEach((word, index) => {
      words.setInt32(index * 4, word, littleEndian)
    })
    return digest
  }

  /** Overwrites everything that depends on the input. */
  destroy(): void {
    this.state.fill(0)
    this.#words.fill(0)
    this.#pending.fill(0)
  }

  #compress(view: DataView, offset: number): void {
    this.#algorithm.compress(this.state, this.#words, view, offset)
  }
}
