/** The ETags of multipart objects: an MD5 of the MD5s of their parts, and the number of parts. */
import { bytesFromHex, concatBytes } from '../../base/bytes.js'
import { isMd5 } from './etag.js'
import { etagOfBytes } from './md5-etag.js'

/** The bare ETag of an object whose parts have these MD5s, in order: the MD5 of all of them, and their number. */
export const etagOfDigests = (digests: readonly Uint8Array[]): string =>
  `${etagOfBytes(concatBytes(digests))}-${digests.length}`

/** The bare ETag of an object whose parts have these bare ETags, in order; undefined where one of them is no MD5. */
export const etagOfParts = (etags: readonly string[]): string | undefined =>
  etags.every(isMd5) ? etagOfDigests(etags.map((etag) => bytesFromHex(etag) ?? new Uint8Array(0))) : undefined
