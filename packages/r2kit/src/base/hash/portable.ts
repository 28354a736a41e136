/**
 * The hashes of the protocol in plain JavaScript, synchronous and small, for browsers and Workers. Web Crypto has no MD5 and no
 * incremental hashes, and returns promises. Names and results are those of `node.ts`. SHA-256 follows FIPS 180-4, MD5 RFC 1321,
 * HMAC RFC 2104.
 */
import { hexFromBytes, utf8Bytes } from '../bytes.js'
import { type Algorithm, addInto, at, BlockHash, blockBytes, rotateLeft } from './block-hash.js'
import type { HmacSigner } from './types.js'

const bytesOf = (data: string | Uint8Array): Uint8Array => (typeof data === 'string' ? utf8Bytes(data) : data)

/**
 * The constants of SHA-256: the first 32 bits of the fractions of the roots of the first primes. Computing them takes a tenth of
 * the bytes of a table in a bundle. A precision of 2^-32 is needed, far above the rounding error.
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

/** SHA-256 (FIPS 180-4) of bytes, or of the UTF-8 bytes of a text. */
export const sha256 = (data: string | Uint8Array): Uint8Array => createSha256().update(bytesOf(data)).digest()

/** SHA-256 in lower-case hex. */
export const sha256Hex = (data: string | Uint8Array): string => hexFromBytes(sha256(data))

/** HMAC-SHA-256 (RFC 2104). `HmacKey` is faster for many texts under one key. */
export const hmacSha256 = (key: Uint8Array, data: string | Uint8Array): Uint8Array => {
  const hmac = new HmacKey(key)
  const mac = hmac.sign(bytesOf(data))
  hmac.destroy()
  return mac
}

/** MD5 (RFC 1321), 16 bytes, for ETags and `Content-MD5`. Not for security. */
export const md5 = (data: string | Uint8Array): Uint8Array => createMd5().update(bytesOf(data)).digest()

/** An incremental MD5. */
export const createMd5 = (): BlockHash => new BlockHash(md5Algorithm)
/** An incremental SHA-256. */
export const createSha256 = (): BlockHash => new BlockHash(sha256Algorithm)

/** HMAC-SHA-256 for many texts under one key. It stores the states after the padded keys, which saves half the work. */
export class HmacKey implements HmacSigner {
  readonly #inner: Int32Array
  readonly #outer: Int32Array

  constructor(key: Uint8Array) {
    const block = new Uint8Array(blockBytes)
    block.set(key.byteLength > blockBytes ? sha256(key) : key)
    const stateAfter = (pad: number): Int32Array => {
      const padded = block.map((byte) => byte ^ pad)
      const hash = createSha256().update(padded)
      const state = hash.state.slice()
      hash.destroy()
      padded.fill(0)
      return state
    }
    this.#inner = stateAfter(0x36)
    this.#outer = stateAfter(0x5c)
    block.fill(0)
  }

  /** The MAC of bytes: 32 bytes. */
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
