/**
 * The signature must cover every header that changes what a request does. Otherwise the holder of a presigned URL could add
 * `x-amz-copy-source` and turn an upload into a copy of another object. AWS rejects such requests and lists the headers; R2
 * returns 403 for an unsigned checksum (runpod/runpodctl#309).
 */
import { S3Error } from '../errors/s3-error.js'
import type { SignedRequest } from './signed-request.js'

/** R2's own request headers. Other `cf-` headers are added by Cloudflare's edge and by proxies. */
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
 * @param payloadHash The payload hash that the signature covers. `x-amz-content-sha256` with this value need not be listed.
 * @throws S3Error `AccessDenied` with the names of the uncovered headers.
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
