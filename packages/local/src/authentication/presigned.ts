/** Signature Version 4 in the query: presigned URLs. Their signature does not cover the body. */
import { parseAmzDate, unsignedPayload } from 'r2kit/protocol'
import { invalidArgument, S3Error } from '../errors/s3-error.js'
import { payloadOf } from '../http/payload.js'
import { requireKnownKey, requireSessionToken, requireSignature } from './check-signature.js'
import { algorithm, readScope, readSignedHeaders } from './scope.js'
import type { Authenticated, Authenticator, SignedRequest } from './signed-request.js'
import { requireHeadersSigned } from './unsigned-headers.js'

const maxExpiresSeconds = 604_800
/** In the order in which R2 lists the missing ones. */
const requiredParameters = ['X-Amz-Algorithm', 'X-Amz-Signature', 'X-Amz-Date', 'X-Amz-SignedHeaders', 'X-Amz-Expires']

export const authenticateQuery = (
  request: SignedRequest,
  authenticator: Authenticator,
  nowMs: number,
): Authenticated => {
  const { query, headers } = request
  const missing = requiredParameters.filter((name) => !query.has(name))
  if (missing.length === 1) throw invalidArgument(`Required search parameter ${missing[0]} missing`)
  // R2's message has two spaces after the comma.
  if (missing.length > 1) throw invalidArgument(`Required search parameters ${missing.join(',  ')} missing`)
  if (query.get('X-Amz-Algorithm') !== algorithm) throw new S3Error('InvalidRequest', `Please use ${algorithm}`)
  const amzDate = query.get('X-Amz-Date') ?? ''
  const signedAtMs = parseAmzDate(amzDate)
  if (signedAtMs === undefined) {
    throw invalidArgument(`Date provided in X-Amz-Date (${amzDate}) didn't parse successfully`)
  }
  const scope = readScope(query.get('X-Amz-Credential') ?? '', amzDate)
  const keyPair = requireKnownKey(scope, authenticator)
  requireNotExpired(query.get('X-Amz-Expires') ?? '', signedAtMs, nowMs)
  const signedHeaders = readSignedHeaders(query.get('X-Amz-SignedHeaders') ?? '')
  const signature = query.get('X-Amz-Signature') ?? ''
  requireSignature(
    request,
    { scope, amzDate, signedHeaders, payloadHash: unsignedPayload, signature },
    keyPair,
    authenticator,
  )
  requireHeadersSigned(request, signedHeaders, unsignedPayload)
  requireSessionToken(query.get('X-Amz-Security-Token') ?? headers['x-amz-security-token'], keyPair)
  return { keyPair, payload: payloadOf(headers['x-amz-content-sha256']) }
}

const requireNotExpired = (text: string, signedAtMs: number, nowMs: number): void => {
  const seconds = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isNaN(seconds)) throw invalidArgument('X-Amz-Expires should be a number')
  if (seconds > maxExpiresSeconds) {
    throw invalidArgument(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${maxExpiresSeconds} seconds`,
    )
  }
  if (seconds < 1 || nowMs > signedAtMs + seconds * 1000) throw new S3Error('ExpiredRequest')
}
