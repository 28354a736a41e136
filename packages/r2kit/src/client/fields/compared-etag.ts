/** ETags that are expected: of conditions, of bytes, of parts. Apart from `etag.ts`, because few writes are compared by their ETag. */
import { bytesFromHex } from '../../base/bytes-from-hex.js'
import { concatBytes } from '../../base/concat-bytes.js'
import { clientError } from '../../errors/calls.js'
import { bareEtag, etagOfBytes, isMd5 } from './etag.js'

/** Bare ETags of a condition; `*` and weak ones name no object. */
export const strongEtags = (condition: string | readonly string[] | undefined): string[] =>
  (typeof condition === 'string' ? [condition] : (condition ?? []))
    .filter((etag) => etag !== '*' && !etag.startsWith('W/'))
    .map(bareEtag)

/**
 * Compares the bare ETag of a stored object or part with the MD5 of the bytes that were sent. An ETag that is no MD5 proves
 * nothing and fails nothing.
 *
 * @param what names the stored bytes in the error: `part 3`
 * @throws R2Error `IntegrityMismatch`
 */
export const requireMd5Etag = (etag: string, sentMd5: string | undefined, what = 'an object'): void => {
  if (!isMd5(etag) || etag === sentMd5) return
  throw clientError('IntegrityMismatch', `R2 stored ${what} with the MD5 ${etag}, but the bytes sent have ${sentMd5}`)
}

/** The bare ETag of an object whose parts have these MD5s, in order: the MD5 of all of them, and their number. */
export const etagOfDigests = (digests: readonly Uint8Array[]): string =>
  `${etagOfBytes(concatBytes(digests))}-${digests.length}`

/** The bare ETag of an object whose parts have these bare ETags, in order; undefined where one of them is no MD5. */
export const etagOfParts = (etags: readonly string[]): string | undefined =>
  etags.every(isMd5) ? etagOfDigests(etags.map((etag) => bytesFromHex(etag) ?? new Uint8Array(0))) : undefined
