/** What a sender says of the body: nothing, its SHA-256, or that an aws-chunked body with trailing fields follows. */
import { S3Error } from '../errors/s3-error.js'

export type Payload =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'trailer' }
  | { readonly kind: 'sha256'; readonly hex: string }

const unsigned: Payload = { kind: 'unsigned' }
const sha256Form = /^[0-9a-f]{64}$/

/**
 * @param contentSha256 `x-amz-content-sha256`
 * @throws S3Error NotImplemented for chunks that are signed one by one, which R2 does not take.
 */
export const payloadOf = (contentSha256: string | undefined): Payload => {
  if (contentSha256 === undefined || contentSha256 === 'UNSIGNED-PAYLOAD') return unsigned
  if (sha256Form.test(contentSha256)) return { kind: 'sha256', hex: contentSha256 }
  if (contentSha256 === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') return { kind: 'trailer' }
  if (contentSha256.startsWith('STREAMING-')) throw new S3Error('NotImplemented', `${contentSha256} not implemented`)
  return unsigned
}
