/**
 * A body in the `aws-chunked` coding whose sender does not declare it in `x-amz-content-sha256`: R2 fails with 500, AWS with
 * 400 (benbjohnson/litestream#912, #889). Stored as it came, the framing would become part of the object.
 */
import { S3Error } from '../errors/s3-error.js'
import type { Call } from './call.js'

/** @throws S3Error InternalError, with an explanation for the log as its cause. */
export const refuseUndeclaredFraming = ({ payload, headers }: Call): void => {
  if (payload.kind === 'trailer') return
  const sign = signs.find((name) => headers[name] !== undefined) ?? awsChunkedEncoding(headers['content-encoding'])
  if (sign !== undefined) throw Object.assign(new S3Error('InternalError'), { cause: explanation(sign, headers) })
}

const signs = ['x-amz-trailer', 'x-amz-decoded-content-length']

const awsChunkedEncoding = (contentEncoding: string | undefined): string | undefined =>
  contentEncoding?.split(',').some((coding) => coding.trim().toLowerCase() === 'aws-chunked')
    ? 'content-encoding: aws-chunked'
    : undefined

const explanation = (sign: string, headers: Call['headers']): Error =>
  new Error(
    `the request has ${sign}, but x-amz-content-sha256 is ${headers['x-amz-content-sha256'] ?? 'missing'}: R2 returns 500 for aws-chunked ` +
      'bodies that are not sent as STREAMING-UNSIGNED-PAYLOAD-TRAILER. Switch off chunked encoding or payload checksums in the client.',
  )
