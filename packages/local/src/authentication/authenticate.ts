/**
 * Authentication: SigV4 by header or by query, checked in the order that R2 checks, because the first failed check decides
 * the response.
 */
import type { SignatureVerifier } from 'r2kit/protocol'
import type { LocalCredentials } from '../default-credentials.js'
import { S3Error } from '../errors/s3-error.js'
import type { QueryParameters } from '../routing/query.js'
import { authenticateHeader } from './header.js'
import type { Payload } from './payload.js'
import { authenticateQuery } from './presigned.js'

export interface Authenticator {
  readonly credentials: LocalCredentials
  readonly verifier: SignatureVerifier
}

/** The raw pieces that a signature covers. */
export interface SignedRequest {
  readonly method: string
  readonly rawPath: string
  readonly rawQuery: string
  readonly query: QueryParameters
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** @throws S3Error with R2's code and text for the first check that fails. */
export const authenticate = (request: SignedRequest, authenticator: Authenticator, nowMs: number): Payload => {
  const { authorization } = request.headers
  if (isSigV2(request)) throw new S3Error('Unauthorized', sigV2Message)
  if (authorization !== undefined) return authenticateHeader(request, authorization, authenticator, nowMs)
  if (request.query.has('X-Amz-Credential')) return authenticateQuery(request, authenticator, nowMs)
  throw new S3Error('InvalidArgument', 'Authorization')
}

export const hasAuthentication = (request: SignedRequest): boolean =>
  request.headers.authorization !== undefined || request.query.has('X-Amz-Credential') || isSigV2(request)

/** As captured from a real bucket (sansan0/TrendRadar#664). */
const sigV2Message = 'SigV2 authorization is not supported. Please use SigV4 instead.'

/** Signature Version 2: `Authorization: AWS key:signature`, or a presigned URL that names key, signature and expiry. */
const isSigV2 = ({ headers: { authorization }, query }: SignedRequest): boolean =>
  authorization === undefined
    ? !query.has('X-Amz-Credential') && ['AWSAccessKeyId', 'Signature', 'Expires'].every((name) => query.has(name))
    : authorization.startsWith('AWS ')
