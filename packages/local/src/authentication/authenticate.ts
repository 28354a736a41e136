/**
 * Authenticates a request: Signature Version 4 in the Authorization header or in the query. The checks run in R2's order,
 * because the first failed check determines the response.
 */
import { S3Error } from '../errors/s3-error.js'
import { authenticateHeader } from './header.js'
import { authenticateQuery } from './presigned.js'
import type { Authenticated, Authenticator, SignedRequest } from './signed-request.js'

/**
 * @returns The key pair that signed the request, and how the request declares its body.
 * @throws S3Error with R2's code and message for the first check that fails.
 */
export const authenticate = (request: SignedRequest, authenticator: Authenticator, nowMs: number): Authenticated => {
  const { authorization } = request.headers
  if (isSigV2(request)) throw new S3Error('Unauthorized', sigV2Message)
  if (authorization !== undefined) return authenticateHeader(request, authorization, authenticator, nowMs)
  if (request.query.has('X-Amz-Credential')) return authenticateQuery(request, authenticator, nowMs)
  throw new S3Error('InvalidArgument', 'Authorization')
}

export const hasAuthentication = (request: SignedRequest): boolean =>
  request.headers.authorization !== undefined || request.query.has('X-Amz-Credential') || isSigV2(request)

/** Captured from a real bucket (sansan0/TrendRadar#664). */
const sigV2Message = 'SigV2 authorization is not supported. Please use SigV4 instead.'

/** Signature Version 2: `Authorization: AWS key:signature`, or a presigned URL with key, signature and expiry. */
const isSigV2 = ({ headers: { authorization }, query }: SignedRequest): boolean =>
  authorization === undefined
    ? !query.has('X-Amz-Credential') && ['AWSAccessKeyId', 'Signature', 'Expires'].every((name) => query.has(name))
    : authorization.startsWith('AWS ')
