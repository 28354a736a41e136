/**
 * Keys of the tables: byte strings, that is strings whose every character is one byte of UTF-8. Comparing two of them as
 * JavaScript strings compares bytes, which is the order of S3's lists (UTF-16 order differs beyond the basic plane), and V8
 * keeps them at one byte per character.
 */

const onlyAscii = /^[\0-\x7f]*$/

/** The bytes of a text's UTF-8, one per character. */
export const byteString = (text: string): string =>
  onlyAscii.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1')

/** The text of a byte string. */
export const textOf = (bytes: string): string =>
  onlyAscii.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8')

/**
 * Sorts after everything that starts with `prefix`, and before everything else that follows: no UTF-8 text contains the byte
 * 0xFF.
 */
export const afterPrefix = (prefix: string): string => `${prefix}\xff`

/** The first byte string after `key`. */
export const afterKey = (key: string): string => `${key}\0`

/** The one that sorts later. */
export const laterOf = (a: string, b: string): string => {
  if (a < b) return b
  return a
}

// Bucket names contain neither NUL nor anything outside of ASCII, so that NUL ends them.
export const bucketScope = (bucket: string): string => `${bucket}\0`
export const objectKey = (bucket: string, key: string): string => bucketScope(bucket) + byteString(key)

/**
 * Uploads sort by key, then by upload id. A key may be the start of another, and may contain NUL, therefore NUL ends it and a
 * NUL inside is followed by 0xFF.
 */
export const escapedKey = (key: string): string => byteString(key).replaceAll('\0', '\0\xff')
export const uploadKey = (bucket: string, key: string, uploadId: string): string =>
  `${bucketScope(bucket)}${escapedKey(key)}\0${byteString(uploadId)}`
/** The escaped key within an upload's table key, of which `scope` has been cut off. */
export const keyOfUpload = (rest: string): string => {
  for (let at = rest.indexOf('\0'); at >= 0; at = rest.indexOf('\0', at + 1))
    if (rest[at + 1] !== '\xff') return rest.slice(0, at)
  return rest
}

export const partScope = (uploadId: string): string => `${byteString(uploadId)}\0`
/** Five digits hold R2's largest number, 10,000, and keep the order. */
export const partKey = (uploadId: string, partNumber: number): string =>
  partScope(uploadId) + String(partNumber).padStart(5, '0')
