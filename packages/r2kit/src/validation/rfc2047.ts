/**
 * Metadata in any script: R2 reads and writes non-ASCII values as RFC 2047 encoded-words (`=?UTF-8?B?w6k=?=`).
 * Source: developers.cloudflare.com/r2/api/s3/extensions; https://www.rfc-editor.org/rfc/rfc2047
 */
import { base64FromBytes, bytesFromBase64, bytesFromBinary, utf8Bytes } from '../base/bytes.js'

/** An encoded-word has at most 75 characters (RFC 2047, section 2): 12 around the base64 of at most 45 bytes. */
const wordBytesMax = 45

/** Plain ASCII that is sent unchanged: it does not look encoded, and has no space at its ends, which HTTP strips. */
const plain = /^(?!\s)(?!.*=\?)[\t\x20-\x7e]*(?<!\s)$/

/**
 * Encodes a metadata value as a header value.
 *
 * @example encodeMetadataValue('é') === '=?UTF-8?B?w6k=?='
 */
export const encodeMetadataValue = (value: string): string => {
  if (plain.test(value)) return value
  const words: string[] = []
  let word = ''
  // By code points, so that no character is split over two words.
  for (const character of value) {
    if (utf8Bytes(word + character).byteLength > wordBytesMax) {
      words.push(word)
      word = ''
    }
    word += character
  }
  words.push(word)
  return words.map((text) => `=?UTF-8?B?${base64FromBytes(utf8Bytes(text))}?=`).join(' ')
}

/** An encoded-word, with the white space before another one: that white space is not part of the text. */
const encodedWord = /=\?([^?\s]+)\?([bq])\?([^?\s]*)\?=(\s+(?==\?[^?\s]+\?[bq]\?[^?\s]*\?=))?/gi

/**
 * Decodes a header value to a metadata value. Encoded-words that are malformed, or in a charset that the platform does not
 * support, are returned unchanged.
 *
 * @example decodeMetadataValue('=?UTF-8?B?w6k=?=') === 'é'
 */
export const decodeMetadataValue = (header: string): string =>
  header.includes('=?')
    ? header.replace(encodedWord, (whole, charset: string, encoding: string, text: string) => {
        const bytes = encoding.toLowerCase() === 'b' ? bytesFromBase64(text) : bytesFromQ(text)
        return (bytes && decoded(bytes, charset)) ?? whole
      })
    : header

/** The Q encoding, section 4.2: `_` is a space, `=41` a byte. */
const bytesFromQ = (text: string): Uint8Array | undefined => {
  if (/=(?![\da-f]{2})|[^!-~]/i.test(text)) return undefined
  const characters = text
    .replaceAll('_', ' ')
    .replace(/=(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return bytesFromBinary(characters)
}

const decoded = (bytes: Uint8Array, charset: string): string | undefined => {
  try {
    // RFC 2231, section 5, permits a language after the charset: `UTF-8*en`.
    return new TextDecoder(charset.split('*', 1)[0], { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    // The charset is unknown, or the bytes are invalid in it: the value stays encoded.
    return undefined
  }
}
