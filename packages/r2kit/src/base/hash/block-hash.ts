/** The common part of MD5, SHA-1 and SHA-256 (RFC 1321, FIPS 180-4): a state that is updated with blocks of 64 bytes. */
import type { IncrementalHash } from './types.js'

/** Bytes in a block. */
export const blockBytes = 64

/** Updates `state` with the block of 64 bytes at `offset`. `words` is scratch memory. */
type Compress = (state: Int32Array, words: Int32Array, block: DataView, offset: number) => void

/** The part that differs between the algorithms. */
export interface Algorithm {
  /** State before the first block. */
  readonly initial: () => ArrayLike<number>
  /** The compression function. */
  readonly compress: Compress
  /** Byte order of words and length. @defaultValue false */
  readonly littleEndian?: boolean
}

/**
 * The word at an index. Every index is within bounds; the fallback satisfies the type, and costs nothing as long as all callers
 * pass the same kind of array.
 */
export const at = (words: Int32Array, index: number): number => words[index] ?? 0
/** Rotates a 32-bit word. */
export const rotateLeft = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits))
/** Adds words to the state, modulo 2^32. */
export const addInto = (state: Int32Array, words: readonly number[]): void => {
  words.forEach((word, index) => {
    state[index] = at(state, index) + word
  })
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** A hash over blocks of 64 bytes; the last block is padded with a one bit, zeros and the length in bits. */
export class BlockHash implements IncrementalHash {
  /** State after the blocks so far. */
  readonly state: Int32Array
  readonly #algorithm: Algorithm
  readonly #words = new Int32Array(80)
  readonly #pending = new Uint8Array(blockBytes)
  #length: number

  /** Starts from the initial state, or from the state after `length` bytes, a multiple of 64. */
  constructor(algorithm: Algorithm, state = algorithm.initial(), length = 0) {
    this.#algorithm = algorithm
    this.state = Int32Array.from(state)
    this.#length = length
  }

  /** Adds the next bytes. */
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

  /** The digest. The hash cannot be used afterwards. */
  digest(): Uint8Array {
    const { littleEndian = false } = this.#algorithm
    const filled = this.#length % blockBytes
    const tail = new Uint8Array(filled < blockBytes - 8 ? blockBytes : 2 * blockBytes)
    tail.set(this.#pending.subarray(0, filled))
    tail[filled] = 0x80
    const view = viewOf(tail)
    // The length in bits takes 64 bits; shifts would cut it at 32.
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
