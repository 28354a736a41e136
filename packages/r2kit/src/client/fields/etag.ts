/**
 * ETags: bare in our types, as in R2's own API, quoted on the wire (RFC 9110, section 8.8.3); and what they prove.
 * Source: developers.cloudflare.com/r2/api/workers/workers-api-reference ("etag") and /r2/objects/multipart-objects.
 */
import { md5 } from '#hash'
import { hexFromBytes } from '../../base/bytes.js'
import { clientError } from '../../errors/calls.js'
import { type HeaderFields, headerOf } from '../../http/index.js'

/** What an entity tag may hold. */
const opaqueTag = /^[\x21\x23-\x7e\x80-\xff]*$/
const plainMd5 = /^[0-9a-f]{32}$/
const multipartMd5 = /^[0-9a-f]{32}-(\d+)$/

/** An ETag without quotes and weakness mark. */
export const bareEtag = (etag: string): string => {
  const strong = etag.startsWith('W/') ? etag.slice(2) : etag
  return strong.length >= 2 && strong.startsWith('"') && strong.endsWith('"') ? strong.slice(1, -1) : strong
}

/** Whether a text is an ETag, bare or quoted, or `*`. */
export const isEtag = (text: string): boolean => {
  const bare = bareEtag(text)
  return bare !== '' && opaqueTag.test(bare)
}

/** An ETag as a header carries it; `*` stays as it is. */
export const quotedEtag = (etag: string): string => {
  if (etag === '*') return etag
  return etag.startsWith('W/') ? `W/"${bareEtag(etag)}"` : `"${bareEtag(etag)}"`
}

/** Whether a bare ETag is the MD5 of the bytes: that of an object of one PUT, or of a part. Any other proves nothing. */
export const isMd5 = (etag: string): boolean => plainMd5.test(etag)

/** The bare ETag of an object of one PUT, or of a part, with these bytes. */
export const etagOfBytes = (bytes: Uint8Array): string => hexFromBytes(md5(bytes))

const md5OfNothing = 'd41d8cd98f00b204e9800998ecf8427e'

/** Undefined for an empty object without metadata: nothing distinguishes it from another writer's. */
export const distinctiveEtag = (
  etag: string | undefined,
  metadata: Readonly<Record<string, string>> | undefined,
): string | undefined => (etag === md5OfNothing && Object.keys(metadata ?? {}).length === 0 ? undefined : etag)

/** The number of parts that a bare ETag of a multipart object names; undefined for any other ETag. */
export const partsOfEtag = (etag: string): number | undefined => {
  const parts = multipartMd5.exec(etag)?.[1]
  return parts === undefined ? undefined : Number(parts)
}

/** The bare ETag of the object that was just stored. A response without one did not come from R2: captive portals send 200 to everything. */
export const etagFrom = (headers: HeaderFields): string => {
  const etag = headerOf(headers, 'etag')
  if (etag !== undefined) return bareEtag(etag)
  throw clientError('InvalidResponse', 'the response has no ETag, so nothing shows that the bytes were stored')
}
