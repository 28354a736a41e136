/** Bodies as a recording stores them. */
import { bytesFromBase64, utf8Bytes } from '../../base/bytes.js'
import type { StoredBody } from './recording.js'

/** Control characters other than line ends and tabs. */
const unprintable = /(?![\t\n\r])\p{Cc}|\p{Cs}|\ufeff/u

/** The stored form of a body. */
export const storedBody = (bytes: Uint8Array): StoredBody => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    if (!unprintable.test(text)) return { text }
  } catch {
    // No UTF-8.
  }
  return { base64: base64OfBody(bytes) }
}

/** In blocks, each a multiple of three bytes long: one call for all would make a string per byte. */
const base64OfBody = (bytes: Uint8Array): string => {
  const blockBytes = 3 * 8_192
  let base64 = ''
  for (let start = 0; start < bytes.length; start += blockBytes) {
    base64 += btoa(String.fromCharCode(...bytes.subarray(start, start + blockBytes)))
  }
  return base64
}

/** The bytes of a stored body; undefined for base64 that is malformed. */
export const bytesOfStoredBody = (stored: StoredBody): Uint8Array | undefined =>
  'text' in stored ? utf8Bytes(stored.text) : bytesFromBase64(stored.base64)
