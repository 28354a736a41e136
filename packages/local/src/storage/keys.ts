/**
 * Keys of the tables. They are byte strings: each character is one byte of the UTF-8 text. Comparing two of them compares
 * their bytes, which is the order of S3's lists; UTF-16 order differs outside of the basic multilingual plane. V8 stores them
 * in one byte per character.
 */

const onlyAscii = /^[\0-\x7f]*$/

/** Converts a text to a byte string. */
export const byteString = (text: string): string =>
  onlyAscii.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1')

/** Converts a byte string to its text. */
export const textOf = (bytes: string): string =>
  onlyAscii.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8')

/** The end of the keys that start with `prefix`: sorts after all of them and before all later keys, as UTF-8 has no byte 0xFF. */
export const afterPrefix = (prefix: string): string => `${prefix}\xff`

/** The first key after `key`. */
export const afterKey = (key: string): string => `${key}\0`

/** The greater of two keys. */
export const laterOf = (a: string, b: string): string => {
  if (a < b) return b
  return a
}

// Bucket names are ASCII without NUL, so that NUL terminates them.
export const bucketScope = (bucket: string): string => `${bucket}\0`
export const objectKey = (bucket: string, key: string): string => bucketScope(bucket) + byteString(key)

/**
 * Escapes a key in front of an upload ID, so that uploads sort by key and then by ID. NUL terminates the key; a NUL within it
 * is followed by 0xFF.
 */
export const escapedKey = (key: string): string => byteString(key).replaceAll('\0', '\0\xff')
export const uploadKey = (bucket: string, key: string, uploadId: string): string =>
  `${bucketScope(bucket)}${escapedKey(key)}\0${byteString(uploadId)}`
/** @param rest An upload's table key without its scope. @returns The escaped key. */
export const keyOfUpload = (rest: string): string => {
  for (let at = rest.indexOf('\0'); at >= 0; at = rest.indexOf('\0', at + 1))
    if (rest[at + 1] !== '\xff') return rest.slice(0, at)
  return rest
}

export const partScope = (uploadId: string): string => `${byteString(uploadId)}\0`
/** Pads the number to five digits, which fit R2's maximum of 10,000, so that keys sort by number. */
export const partKey = (uploadId: string, partNumber: number): string =>
  partScope(uploadId) + String(partNumber).padStart(5, '0')
