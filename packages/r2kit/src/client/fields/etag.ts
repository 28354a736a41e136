/**
 * ETags: bare in our types, as in R2's own API, quoted on the wire (RFC 9110, section 8.8.3).
 * Source: developers.cloudflare.com/r2/api/workers/workers-api-reference ("etag").
 */
import { isOpaqueTag } from '../../base/bytes.js'
import { clientError } from '../../errors/calls.js'
import { type HeaderFields, headerOf } from '../../http/index.js'

const plainMd5 = /^[0-9a-f]{32}$/

/** An ETag without quotes and weakness mark. */
export const bareEtag = (etag: string): string => {
  const strong = etag.startsWith('W/') ? etag.slice(2) : etag
  return strong.length >= 2 && strong.startsWith('"') && strong.endsWith('"') ? strong.slice(1, -1) : strong
}

/** Whether a text is an ETag, bare or quoted, or `*`. */
export const isEtag = (text: string): boolean => {
  const bare = bareEtag(text)
  return bare !== '' && isOpaqueTag(bare)
}

/** An ETag as a header carries it; `*` stays as it is. */
export const quotedEtag = (etag: string): string => {
  if (etag === '*') return etag
  return etag.startsWith('W/') ? `W/"${bareEtag(etag)}"` : `"${bareEtag(etag)}"`
}

/** Whether a bare ETag is the MD5 of the bytes: that of an object of one PUT, or of a part. Any other proves nothing. */
export const isMd5 = (etag: string): boolean => plainMd5.test(etag)

/** The bare ETag of the object that was just stored. A response without one did not come from R2: captive portals send 200 to everything. */
export const etagFrom = (headers: HeaderFields): string => {
  const etag = readEtag(headers)
  if (etag !== '') return etag
  throw clientError('InvalidResponse', 'the response has no ETag, so nothing shows that the bytes were stored')
}

/**
 * The bare ETag of a response; empty where it has none. A malformed one was damaged on its way: the next request with it would be
 * rejected as the caller's mistake.
 */
export const readEtag = (headers: HeaderFields): string => {
  const etag = headerOf(headers, 'etag') ?? ''
  if (etag === '' || isEtag(etag)) return bareEtag(etag)
  throw clientError('InvalidResponse', `the response's ETag is ${JSON.stringify(etag.slice(0, 80))}`)
}
