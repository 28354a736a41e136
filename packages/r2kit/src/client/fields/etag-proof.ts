/** The objects that bare ETags distinguish. Source: developers.cloudflare.com/r2/objects/multipart-objects. */
import { bareEtag } from './etag.js'

/** Bare ETags of a condition; `*` and weak ones name no object. */
export const strongEtags = (condition: string | readonly string[] | undefined): string[] =>
  (typeof condition === 'string' ? [condition] : (condition ?? []))
    .filter((etag) => etag !== '*' && !etag.startsWith('W/'))
    .map(bareEtag)

const md5OfNothing = 'd41d8cd98f00b204e9800998ecf8427e'

/** Undefined for an empty object without metadata: nothing distinguishes it from another writer's. */
export const distinctiveEtag = (
  etag: string | undefined,
  metadata: Readonly<Record<string, string>> | undefined,
): string | undefined => (etag === md5OfNothing && Object.keys(metadata ?? {}).length === 0 ? undefined : etag)

const multipartMd5 = /^[0-9a-f]{32}-(\d+)$/

/** The number of parts that a bare ETag of a multipart object names; undefined for any other ETag. */
export const partsOfEtag = (etag: string): number | undefined => {
  const parts = multipartMd5.exec(etag)?.[1]
  return parts === undefined ? undefined : Number(parts)
}
