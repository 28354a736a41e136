/**
 * The hashes of signatures on Node, Bun and Deno: OpenSSL through `node:crypto`. They are synchronous, because a signature needs
 * two hashes of a few hundred bytes, which take less time than a promise and a change of threads.
 */
import crypto from 'node:crypto'
import type { HmacSigner } from './types.js'

/** SHA-256 (FIPS 180-4) of bytes, or of the UTF-8 bytes of a text. */
export const sha256 = (data: string | Uint8Array): Uint8Array => crypto.hash('sha256', data, 'buffer')

/** SHA-256 in lower-case hex. */
export const sha256Hex = (data: string | Uint8Array): string => crypto.hash('sha256', data, 'hex')

/** HMAC-SHA-256 (RFC 2104). `HmacKey` is faster for many texts under one key. */
export const hmacSha256 = (key: Uint8Array, data: string | Uint8Array): Uint8Array =>
  crypto.createHmac('sha256', key).update(data).digest()

const blockBytes = 64
const digestBytes = 32
/** Size of the shared text buffer. A SigV4 string to sign has about 135 bytes; a longer text gets a buffer of its own. */
const textBytes = 192

/**
 * HMAC-SHA-256 for many texts under one key. The padded keys are prepared once, and both hashes run as one-shot hashes over
 * reused buffers. This takes half the time of `createHmac`, whose objects are expensive to make.
 */
export class HmacKey implements HmacSigner {
  readonly #inner = Buffer.alloc(blockBytes + textBytes)
  readonly #outer = Buffer.alloc(blockBytes + digestBytes)

  constructor(key: Uint8Array) {
    const block = new Uint8Array(blockBytes)
    block.set(key.byteLength > blockBytes ? sha256(key) : key)
    for (let index = 0; index < blockBytes; index++) {
      const byte = block[index] ?? 0
      this.#inner[index] = byte ^ 0x36
      this.#outer[index] = byte ^ 0x5c
    }
    block.fill(0)
  }

  signHex(text: string): string {
    // UTF-8 takes at most three bytes per UTF-16 unit.
    const fits = text.length * 3 <= textBytes || Buffer.byteLength(text) <= textBytes
    const inner = fits ? this.#inner : Buffer.concat([this.#inner.subarray(0, blockBytes), Buffer.from(text)])
    const length = fits ? this.#inner.write(text, blockBytes) + blockBytes : inner.byteLength
    this.#outer.write(crypto.hash('sha256', inner.subarray(0, length), 'binary'), blockBytes, 'binary')
    // The copy begins with the padded key.
    if (!fits) inner.fill(0)
    return crypto.hash('sha256', this.#outer, 'hex')
  }

  destroy(): void {
    this.#inner.fill(0)
    this.#outer.fill(0)
  }
}
