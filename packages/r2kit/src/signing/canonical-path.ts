/**
 * The canonical path of a received request: R2 decodes the path once and encodes it again by AWS's rule. It rejects a client that
 * signs `!` unencoded, and accepts one that sends `!` unencoded but signs `%21`, as measured against real buckets
 * (openclaw/clawhub#2723, apache/opendal#2423).
 */

const unreserved = /* @__PURE__ */ new Set('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/')
const notUnreserved = /[^A-Za-z0-9\-._~/]/
const percent = 37

const hexValue = (code: number): number => {
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/**
 * Decodes each `%XX` once, then encodes every byte except `A-Z a-z 0-9 - . _ ~ /` as `%XX` in upper case. A `%` that begins no
 * escape is a literal percent sign. Dots and doubled slashes are kept.
 *
 * @param path path as sent; characters above 0x7F are single bytes, as Node reads the request line
 */
export const canonicalPathFromRaw = (path: string): string => {
  if (!notUnreserved.test(path)) return path
  let canonical = ''
  for (let at = 0; at < path.length; at++) {
    let byte = path.charCodeAt(at) & 0xff
    if (byte === percent) {
      const high = hexValue(path.charCodeAt(at + 1))
      const low = hexValue(path.charCodeAt(at + 2))
      if (high >= 0 && low >= 0) {
        byte = high * 16 + low
        at += 2
      }
    }
    const character = String.fromCharCode(byte)
    canonical += unreserved.has(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return canonical
}
