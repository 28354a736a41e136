/** ETags as MD5s of the stored bytes. Programs for `fetch` runtimes load this on first use, because they have no MD5. */
import { md5 } from '#md5'
import { hexFromBytes } from '../../base/bytes.js'
import { clientError } from '../../errors/calls.js'
import { isMd5 } from './etag.js'

/** The bare ETag of an object of one PUT, or of a part, with these bytes. */
export const etagOfBytes = (bytes: Uint8Array): string => hexFromBytes(md5(bytes))

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
