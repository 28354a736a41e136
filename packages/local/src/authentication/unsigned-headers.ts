/**
 * Headers that act on a request must be covered by its signature: else anybody who gets a presigned URL could add
 * `x-amz-copy-source` and turn an upload into a copy of another object. AWS refuses them with a list of names; R2 returns 403
 * for an unsigned checksum (runpod/runpodctl#309).
 */
import { S3Error } from '../errors/s3-error.js'
import type { SignedRequest } from './authenticate.js'

/** R2's own headers; all others that begin so come from Cloudflare's edge and from proxies. */
const r2Extensions: ReadonlySet<string> = new Set([
  'cf-create-bucket-if-missing',
  'cf-copy-destination-if-match',
  'cf-copy-destination-if-none-match',
  'cf-copy-destination-if-modified-since',
  'cf-copy-destination-if-unmodified-since',
  'cf-prefix',
  'cf-start-after',
  'cf-continuation-token',
  'cf-max-keys',
])

const mustBeSigned = (name: string): boolean =>
  name.startsWith('x-amz-') || name === 'content-md5' || r2Extensions.has(name)

/**
 * @param payloadHash - what the signature says of the body: `x-amz-content-sha256` with this value is covered without being
 *   listed
 * @throws S3Error AccessDenied, which names the headers
 */
export const requireHeadersSigned = (
  { headers }: SignedRequest,
  signedHeaders: readonly string[],
  payloadHash: string,
): void => {
  const unsigned: string[] = []
  for (const name in headers) {
    if (!mustBeSigned(name) || signedHeaders.includes(name)) continue
    if (name !== 'x-amz-content-sha256' || headers[name] !== payloadHash) unsigned.push(name)
  }
  if (unsigned.length === 0) return
  throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed', {
    fields: [['HeadersNotSigned', unsigned.sort().join(', ')]],
  })
}
