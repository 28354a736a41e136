/**
 * Bytes and their three text forms in S3's protocol: UTF-8, hex (signatures, ETags) and base64 (checksums). The code uses only
 * what every runtime has: Node, Workers and browsers.
 */

const encoder = new TextEncoder()

/** The UTF-8 bytes of a text. A lone surrogate becomes U+FFFD, as in all functions of the web platform. */
export const utf8Bytes = (text: string): Uint8Array => encoder.encode(text)

/** Number of bytes of a text in UTF-8, counted without encoding it. */
export const utf8Length = (text: string): number => {
  let length = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    length += unit < 0x800 ? 1 : 2
    // A surrogate pair is two units and four bytes; the second unit is counted with the first.
    if (unit >= 0xd800 && unit < 0xdc00) {
      const next = text.charCodeAt(index + 1)
      if (next >= 0xdc00 && next < 0xe000) index++
    }
  }
  return length
}

/** Whether a text has no lone surrogate, which UTF-8 cannot encode. */
export const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text)

/** Whether an entity tag may hold this text between its quotes (RFC 9110, section 8.8.3). Empty text is allowed. */
export const isOpaqueTag = (text: string): boolean => /^[\x21\x23-\x7e\x80-\xff]*$/.test(text)

/**
 * Compares two texts by their UTF-8 bytes, the order in which S3 lists keys. JavaScript's own order differs: it puts
 * emoji (surrogates, 0xD800…) before U+E000…U+FFFF. Both texts must be well-formed Unicode.
 *
 * @returns a negative number, zero or a positive number, for `Array.prototype.sort`
 */
export const compareUtf8 = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index)
    const right = b.charCodeAt(index)
    if (left !== right) return codePointRank(left) - codePointRank(right)
  }
  return a.length - b.length
}

/** Ranks surrogates, which encode U+10000 and above, after the rest of the basic plane. */
const codePointRank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800)

/** Lower-case hex, as S3 writes signatures and ETags. */
export const hexFromBytes = (bytes: Uint8Array): string => {
  let hex = ''
  for (const byte of bytes) hex += (byte < 16 ? '0' : '') + byte.toString(16)
  return hex
}

/** The bytes of a hex text in either case, or undefined if the text is not hex. */
export const bytesFromHex = (hex: string): Uint8Array | undefined => {
  if (hex.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(hex)) return undefined
  const bytes = new Uint8Array(hex.length / 2)
  for (let index = 0; index < bytes.length; index++)
    bytes[index] = Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16)
  return bytes
}

/** Standard base64 with padding (RFC 4648, section 4), as S3 writes checksums. For digests and tokens: too slow for bodies. */
export const base64FromBytes = (bytes: Uint8Array): string => {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** The bytes of a padded base64 text, or undefined if its length or a character is wrong. */
export const bytesFromBase64 = (base64: string): Uint8Array | undefined => {
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined
  return bytesFromBinary(atob(base64))
}

/** The bytes of a text whose characters are U+0000 to U+00FF. */
export const bytesFromBinary = (binary: string): Uint8Array => {
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < bytes.length; index++) bytes[index] = binary.charCodeAt(index)
  return bytes
}

/** A copy. `slice()` of a Buffer, the Uint8Array of Node, is no copy but a view of the same memory. */
export const copyOf = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

/** Copies several arrays into one. The result never shares memory with them, even for a list of one. */
export const concatBytes = (list: readonly Uint8Array[]): Uint8Array => {
  let length = 0
  for (const bytes of list) length += bytes.byteLength
  const all = new Uint8Array(length)
  let offset = 0
  for (const bytes of list) {
    all.set(bytes, offset)
    offset += bytes.byteLength
  }
  return all
}
