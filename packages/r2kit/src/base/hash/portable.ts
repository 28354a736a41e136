/**
 * The hashes of the protocol without any platform: synchronous and small, for browsers, Workers and presigning at the edge
 * (Web Crypto has no MD5, nothing incremental, and only promises). Same names and results as `node.ts`.
 * SHA-256 and SHA-1 follow FIPS 180-4, MD5 RFC 1321, HMAC RFC 2104.
 */
import { hexFromBytes, utf8Bytes } from '../bytes.js'
import type { HmacSigner, IncrementalHash } from './types.js'

export { updateCrc32 } from '../checksums/crc32-table.js'
export { createCrc64Nvme } from '../checksums/crc64nvme.js'

const blockBytes = 64

/** Works one block of 64 bytes into `state`; `words` is scratch. */
type Compress = (state: Int32Array, words: Int32Array, block: DataView, offset: number) => void

interface Algorithm {
  readonly initial: () => ArrayLike<number>
  readonly compress: Compress
  readonly littleEndian?: boolean
}

// Every index is within bounds by construction; the fallback satisfies the type, and costs nothing as long as only one
// kind of array comes here.
const at = (words: Int32Array, index: number): number => words[index] ?? 0
const rotateLeft = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits))
const addInto = (state: Int32Array, words: readonly number[]): void => {
  words.forEach((word, index) => {
    state[index] = at(state, index) + word
  })
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const bytesOf = (data: string | Uint8Array): Uint8Array => (typeof data === 'string' ? utf8Bytes(data) : data)

/** The frame that the three share: blocks of 64 bytes, a one bit, zeros, the length in bits. */
class BlockHash implements IncrementalHash {
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

/**
 * SHA-256's constants are the first 32 bits of the fractions of the roots of the first primes. Computed, they cost a
 * tenth of the bytes that a table costs in a browser; the roots are needed to 2^-32 only, far above rounding.
 */
const primeRoots = (count: number, exponent: number): Int32Array => {
  const roots = new Int32Array(count)
  let found = 0
  for (let candidate = 2; found < count; candidate++) {
    let divisor = 2
    while (candidate % divisor !== 0) divisor++
    if (divisor === candidate) roots[found++] = (candidate ** exponent % 1) * 2 ** 32
  }
  return roots
}

let sha256Constants: Int32Array | undefined
let sha256Initial: Int32Array | undefined

const sha256Algorithm: Algorithm = {
  initial: () => {
    sha256Initial ??= primeRoots(8, 1 / 2)
    return sha256Initial
  },
  compress: (state, words, block, offset) => {
    sha256Constants ??= primeRoots(64, 1 / 3)
    const constants = sha256Constants
    for (let index = 0; index < 16; index++) words[index] = block.getInt32(offset + index * 4)
    for (let index = 16; index < 64; index++) {
      const early = at(words, index - 15)
      const late = at(words, index - 2)
      const sigma0 = rotateLeft(early, 25) ^ rotateLeft(early, 14) ^ (early >>> 3)
      const sigma1 = rotateLeft(late, 15) ^ rotateLeft(late, 13) ^ (late >>> 10)
      words[index] = at(words, index - 16) + sigma0 + at(words, index - 7) + sigma1
    }
    let a = at(state, 0)
    let b = at(state, 1)
    let c = at(state, 2)
    let d = at(state, 3)
    let e = at(state, 4)
    let f = at(state, 5)
    let g = at(state, 6)
    let h = at(state, 7)
    for (let index = 0; index < 64; index++) {
      const sum1 = rotateLeft(e, 26) ^ rotateLeft(e, 21) ^ rotateLeft(e, 7)
      const one = (h + sum1 + (g ^ (e & (f ^ g))) + at(constants, index) + at(words, index)) | 0
      const sum0 = rotateLeft(a, 30) ^ rotateLeft(a, 19) ^ rotateLeft(a, 10)
      const two = (sum0 + ((a & b) | (c & (a | b)))) | 0
      h = g
      g = f
      f = e
      e = (d + one) | 0
      d = c
      c = b
      b = a
      a = (one + two) | 0
    }
    addInto(state, [a, b, c, d, e, f, g, h])
  },
}

const md5Initial = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]
const sha1Constants = /* @__PURE__ */ Int32Array.of(0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6)

const sha1Algorithm: Algorithm = {
  initial: () => [...md5Initial, 0xc3d2e1f0],
  compress: (state, words, block, offset) => {
    for (let index = 0; index < 16; index++) words[index] = block.getInt32(offset + index * 4)
    for (let index = 16; index < 80; index++) {
      const mixed = at(words, index - 3) ^ at(words, index - 8) ^ at(words, index - 14) ^ at(words, index - 16)
      words[index] = rotateLeft(mixed, 1)
    }
    let a = at(state, 0)
    let b = at(state, 1)
    let c = at(state, 2)
    let d = at(state, 3)
    let e = at(state, 4)
    for (let index = 0; index < 80; index++) {
      const choice = index < 20 ? d ^ (b & (c ^ d)) : index < 40 || index >= 60 ? b ^ c ^ d : (b & c) | (d & (b | c))
      const next = (rotateLeft(a, 5) + choice + e + at(sha1Constants, (index / 20) | 0) + at(words, index)) | 0
      e = d
      d = c
      c = rotateLeft(b, 30)
      b = a
      a = next
    }
    addInto(state, [a, b, c, d, e])
  },
}

let md5Constants: Int32Array | undefined
/** Four shifts for each of the four rounds. */
const md5Shifts = /* @__PURE__ */ Int32Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21)

const md5Algorithm: Algorithm = {
  littleEndian: true,
  initial: () => md5Initial,
  compress: (state, words, block, offset) => {
    md5Constants ??= Int32Array.from({ length: 64 }, (_, index) => Math.abs(Math.sin(index + 1)) * 2 ** 32)
    const constants = md5Constants
    for (let index = 0; index < 16; index++) words[index] = block.getInt32(offset + index * 4, true)
    let a = at(state, 0)
    let b = at(state, 1)
    let c = at(state, 2)
    let d = at(state, 3)
    for (let index = 0; index < 64; index++) {
      const round = index >> 4
      let choice: number
      let word: number
      if (round === 0) {
        choice = d ^ (b & (c ^ d))
        word = index
      } else if (round === 1) {
        choice = c ^ (d & (b ^ c))
        word = 5 * index + 1
      } else if (round === 2) {
        choice = b ^ c ^ d
        word = 3 * index + 5
      } else {
        choice = c ^ (b | ~d)
        word = 7 * index
      }
      const sum = (a + choice + at(constants, index) + at(words, word & 15)) | 0
      a = d
      d = c
      c = b
      b = (b + rotateLeft(sum, at(md5Shifts, round * 4 + (index & 3)))) | 0
    }
    addInto(state, [a, b, c, d])
  },
}

/** SHA-256 (FIPS 180-4) of bytes, or of a text's UTF-8 bytes. */
export const sha256 = (data: string | Uint8Array): Uint8Array => createSha256().update(bytesOf(data)).digest()

/** As `sha256`, in lower-case hex. */
export const sha256Hex = (data: string | Uint8Array): string => hexFromBytes(sha256(data))

/** HMAC-SHA-256 (RFC 2104). For one key and many texts use `HmacKey`. */
export const hmacSha256 = (key: Uint8Array, data: string | Uint8Array): Uint8Array => {
  const hmac = new HmacKey(key)
  const mac = hmac.sign(bytesOf(data))
  hmac.destroy()
  return mac
}

/** MD5 (RFC 1321), 16 bytes: R2's ETag and `Content-MD5`; not for security. */
export const md5 = (data: string | Uint8Array): Uint8Array => createMd5().update(bytesOf(data)).digest()

/** MD5 in pieces. */
export const createMd5 = (): BlockHash => new BlockHash(md5Algorithm)
/** SHA-256 in pieces. */
export const createSha256 = (): BlockHash => new BlockHash(sha256Algorithm)
/** SHA-1 (FIPS 180-4) in pieces, for `x-amz-checksum-sha1`. */
export const createSha1 = (): BlockHash => new BlockHash(sha1Algorithm)

/** HMAC-SHA-256 under a key that is used many times: the states after the padded keys are kept, half the work of an HMAC. */
export class HmacKey implements HmacSigner {
  readonly #inner: Int32Array
  readonly #outer: Int32Array

  constructor(key: Uint8Array) {
    const block = new Uint8Array(blockBytes)
    block.set(key.byteLength > blockBytes ? sha256(key) : key)
    const stateAfter = (pad: number): Int32Array => {
      const hash = createSha256().update(block.map((byte) => byte ^ pad))
      const state = hash.state.slice()
      hash.destroy()
      return state
    }
    this.#inner = stateAfter(0x36)
    this.#outer = stateAfter(0x5c)
    block.fill(0)
  }

  /** The MAC's 32 bytes. */
  sign(data: Uint8Array): Uint8Array {
    const inner = new BlockHash(sha256Algorithm, this.#inner, blockBytes).update(data).digest()
    return new BlockHash(sha256Algorithm, this.#outer, blockBytes).update(inner).digest()
  }

  signHex(text: string): string {
    return hexFromBytes(this.sign(utf8Bytes(text)))
  }

  destroy(): void {
    this.#inner.fill(0)
    this.#outer.fill(0)
  }
}
