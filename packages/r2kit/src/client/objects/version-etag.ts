import { R2Error } from '../../errors/index.js'

/**
 * The ETag that names the version of an object in later requests. An empty one would be rejected there, as the caller's mistake.
 *
 * @param why the reason that the version is needed, as the end of a sentence
 * @throws R2Error `InvalidResponse` where the response had no ETag
 */
export const versionEtag = ({ etag }: { readonly etag: string }, why: string): string => {
  if (etag !== '') return etag
  throw new R2Error('InvalidResponse', `the response has no ETag, so ${why}`)
}
