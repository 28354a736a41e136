/** The common part of MD5, SHA-1 and SHA-256 (RFC 1321, FIPS 180-4): a state that is updated with blocks of 64 bytes. */

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

/** Scratch memory of all hashes: each is computed without a pause. */
const words = /* @__PURE__ */ new Int32Array(80)

/** Updates the state with the whole blocks of `data`, and ignores bytes after them. */
export const addBlocks = ({ compress }: Algorithm, state: Int32Array, data: Uint8Array): void => {
  const view = viewOf(data)
  for (let offset = 0; offset + blockBytes <= data.byteLength; offset += blockBytes)
    compress(state, words, view, offset)
  // They depend on the input, which may be a key.
  words.fill(0)
}

/**
 * The digest of bytes. The last block is padded with a one bit, zeros and the length in bits.
 *
 * @param start the state after `bytesBefore` bytes, a multiple of 64
 */
export const digestOf = (
  algorithm: Algorithm,
  data: Uint8Array,
  start = algorithm.initial(),
  bytesBefore = 0,
): Uint8Array => {
  const { littleEndian = false } = algorithm
  const state = Int32Array.from(start)
  addBlocks(algorithm, state, data)
  const length = bytesBefore + data.byteLength
  const filled = length % blockBytes
  const tail = new Uint8Array(filled < blockBytes - 8 ? blockBytes : 2 * blockBytes)
  tail.set(data.subarray(data.byteLength - filled))
  tail[filled] = 0x80
  viewOf(tail).setBigUint64(tail.length - 8, BigInt(length) * 8n, littleEndian)
  addBlocks(algorithm, state, tail)
  const digest = new Uint8Array(state.byteLength)
  const digestView = viewOf(digest)
  state.forEach((word, index) => {
    digestView.setInt32(index * 4, word, littleEndian)
  })
  return digest
}
