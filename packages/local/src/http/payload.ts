/**
 * How a request declares its body in `x-amz-content-sha256` — unsigned, with its SHA-256, or as aws-chunked with a trailer —
 * and the checks of that declaration that need no storage.
 */
import crypto from 'node:crypto'
import { notImplemented, S3Error } from '../errors/s3-error.js'
import type { RequestHeaders } from './header-values.js'
import type { IncomingBody } from './incoming-body.js'

export type Payload =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'trailer' }
  | { readonly kind: 'sha256'; readonly hex: string }

/** A request's body and the headers that describe it. */
export interface BodyRequest {
  readonly headers: RequestHeaders
  readonly body: IncomingBody
  readonly payload: Payload
}

const unsigned: Payload = { kind: 'unsigned' }
const sha256Form = /^[0-9a-f]{64}$/

/**
 * @param contentSha256 The value of `x-amz-content-sha256`.
 * @throws S3Error `NotImplemented` for individually signed chunks, which R2 does not support.
 */
export const payloadOf = (contentSha256: string | undefined): Payload => {
  if (contentSha256 === undefined || contentSha256 === 'UNSIGNED-PAYLOAD') return unsigned
  if (sha256Form.test(contentSha256)) return { kind: 'sha256', hex: contentSha256 }
  if (contentSha256 === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') return { kind: 'trailer' }
  if (contentSha256.startsWith('STREAMING-')) throw notImplemented(contentSha256)
  return unsigned
}

/**
 * Rejects an aws-chunked body that `x-amz-content-sha256` does not declare. Stored as sent, the chunk framing would become
 * part of the object. R2 fails with 500, AWS with 400 (benbjohnson/litestream#912, #889).
 * @throws S3Error `InternalError`, whose cause explains the failure in the log.
 */
export const rejectUndeclaredFraming = ({ payload, headers }: BodyRequest): void => {
  if (payload.kind === 'trailer') return
  const sign = framingHeaders.find((name) => headers[name] !== undefined) ?? awsChunkedCoding(headers)
  if (sign !== undefined) throw Object.assign(new S3Error('InternalError'), { cause: explanation(sign, headers) })
}

const framingHeaders = ['x-amz-trailer', 'x-amz-decoded-content-length']

const awsChunkedCoding = (headers: RequestHeaders): string | undefined =>
  headers['content-encoding']?.split(',').some((coding) => coding.trim().toLowerCase() === 'aws-chunked')
    ? 'content-encoding: aws-chunked'
    : undefined

const explanation = (sign: string, headers: RequestHeaders): Error =>
  new Error(
    `the request has ${sign}, but x-amz-content-sha256 is ${headers['x-amz-content-sha256'] ?? 'missing'}: R2 returns 500 for ` +
      'aws-chunked bodies that are not sent as STREAMING-UNSIGNED-PAYLOAD-TRAILER. Switch off chunked encoding or payload ' +
      'checksums in the client.',
  )

const sha256OfEmptyBody = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/**
 * Verifies the SHA-256 of a body that the operation does not read. Such bodies are normally empty, but R2 checks their hash.
 * @throws S3Error `XAmzContentSHA256Mismatch`, `IncompleteBody`
 */
export const verifyUnusedBody = async ({ payload, body }: BodyRequest): Promise<void> => {
  if (payload.kind !== 'sha256') return
  if (body.isEmpty) {
    if (payload.hex !== sha256OfEmptyBody) throw new S3Error('XAmzContentSHA256Mismatch')
    return
  }
  const hash = crypto.createHash('sha256')
  for await (const chunk of body.stream()) hash.update(chunk)
  if (hash.digest('hex') !== payload.hex) throw new S3Error('XAmzContentSHA256Mismatch')
}
