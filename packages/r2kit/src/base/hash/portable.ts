/**
 * The hashes of signatures in plain JavaScript, synchronous and small, for browsers and Workers: Web Crypto returns promises. Names
 * and results are those of `node.ts`. SHA-256 follows FIPS 180-4, HMAC RFC 2104.
 */
import { hexFromBytes, utf8Bytes } from '../bytes.js'
import { addBlocks, blockBytes, digestOf } from './blocks.js'
import { sha256Algorithm } from './sha256-algorithm.js'
import type { HmacSigner } from './types.js'

const bytesOf = (data: string | Uint8Array): Uint8Array => (typeof data === 'string' ? utf8Bytes(data) : data)

/** SHA-256 (FIPS 180-4) of bytes, or of the UTF-8 bytes of a text. */
export const sha256 = (data: string | Uint8Array): Uint8Array => digestOf(sha256Algorithm, bytesOf(data))

/** SHA-256 in lower-case hex. */
export const sha256Hex = (data: string | Uint8Array): string => hexFromBytes(sha256(data))

/** HMAC-SHA-256 (RFC 2104). `HmacKey` is faster for many texts under one key. */
export const hmacSha256 = (key: Uint8Array, data: string | Uint8Array): Uint8Array => {
  const hmac = new HmacKey(key)
  const mac = hmac.sign(bytesOf(data))
  hmac.destroy()
  return mac
}

/** HMAC-SHA-256 for many texts under one key. It stores the states after the padded keys, which saves half the work. */
export class HmacKey implements HmacSigner {
  readonly #inner: Int32Array
  readonly #outer: Int32Array

  constructor(key: Uint8Array) {
    const block = new Uint8Array(blockBytes)
    block.set(key.byteLength > blockBytes ? sha256(key) : key)
    const stateAfter = (pad: number): Int32Array => {
      const padded = block.map((byte) => byte ^ pad)
      const state = Int32Array.from(sha256Algorithm.initial())
      addBlocks(sha256Algorithm, state, padded)
      padded.fill(0)
      return state
    }
    this.#inner = stateAfter(0x36)
    this.#outer = stateAfter(0x5c)
    block.fill(0)
  }

  /** The MAC of bytes: 32 bytes. */
  sign(data: Uint8Array): Uint8Array {
    const inner = digestOf(sha256Algorithm, data, this.#inner, blockBytes)
    return digestOf(sha256Algorithm, inner, this.#outer, blockBytes)
  }

  signHex(text: string): string {
    return hexFromBytes(this.sign(utf8Bytes(text)))
  }

  destroy(): void {
    this.#inner.fill(0)
    this.#outer.fill(0)
  }
}
