/** Values of header fields: types, text encoding, dates. */

/** By lower-case name. Values that are not ASCII have been decoded from UTF-8. */
export type RequestHeaders = Readonly<Record<string, string | undefined>>

// biome-ignore lint/suspicious/noControlCharactersInRegex: every character that is not ASCII.
const nonAscii = /[^\u0000-\u007f]/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Decodes a received value: header fields are bytes, which Node gives as Latin-1 and clients mean as UTF-8. */
export const decodeHeader = (value: string): string => {
  if (!nonAscii.test(value)) return value
  try {
    return utf8.decode(Buffer.from(value, 'latin1'))
  } catch {
    // Not UTF-8: keep each byte as a Latin-1 character.
    return value
  }
}

/** Encodes a value for sending: the reverse of `decodeHeader`. */
export const encodeHeader = (text: string): string =>
  nonAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text

let lastSecond = Number.NaN
let lastDate = ''

/** Formats an HTTP date (RFC 9110, 5.6.7). Cached, because most responses of a second have the same one. */
export const httpDate = (timeMs: number): string => {
  const second = Math.floor(timeMs / 1000)
  if (second !== lastSecond) {
    lastDate = new Date(timeMs).toUTCString()
    lastSecond = second
  }
  return lastDate
}
