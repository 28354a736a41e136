/**
 * ETags: bare in our types, as in R2's own API, quoted on the wire (RFC 9110, section 8.8.3); and what they prove.
 * Source: developers.cloudflare.com/r2/api/workers/workers-api-reference ("etag") and /r2/objects/multipart-objects.
 */
import { md5 } from '#hash'
import { bytesFromHex, concatBytes, hexFromBytes } from '../../base/bytes.js'
import { R2Error } from '../../errors/index.js'
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

/** Bare ETags of a condition; `*` and weak ones name no object. */
export const strongEtags = (condition: string | readonly string[] | undefined): string[] =>
  (typeof condition === 'string' ? [condition] : (condition ?? []))
    .filter((etag) => etag !== '*' && !etag.startsWith('W/'))
    .map(bareEtag)

/** Whether a bare ETag is the MD5 of the bytes: that of an object of one PUT, or of a part. Any other proves nothing. */
export const isMd5 = (etag: string): boolean => plainMd5.test(etag)

/** The number of parts that a bare ETag of a multipart object names; undefined for any other ETag. */
export const partsOfEtag = (etag: string): number | undefined => {
  const parts = multipartMd5.exec(etag)?.[1]
  return parts === undefined ? undefined : Number(parts)
}

/** The ETag of an object made of parts with these bare ETags, in order: the MD5 of their MD5s, and their number. */
export const etagOfParts = (etags: readonly string[]): string | undefined => {
  if (!etags.every(isMd5)) return undefined
  const digests = etags.map((etag) => bytesFromHex(etag) ?? new Uint8Array(0))
  return `${hexFromBytes(md5(concatBytes(digests)))}-${digests.length}`
}

/** The ETag of the object that was just stored. Without one the response is not R2's: a captive portal says 200 to everything. */
export const etagFrom = (headers: HeaderFields): string => {
  const etag = headerOf(headers, 'etag')
  if (etag !== undefined) return bareEtag(etag)
  throw new R2Error('InvalidResponse', 'the response has no ETag, so nothing shows that the bytes were stored')
}
