/** Signature Version 4 in the Authorization header. */
import { parseAmzDate, parseAuthorization } from 'r2kit/protocol'
import { invalidArgument, S3Error } from '../errors/s3-error.js'
import { payloadOf } from '../http/payload.js'
import { requireKnownKey, requireSessionToken, requireSignature } from './check-signature.js'
import { algorithm, readScope, readSignedHeaders } from './scope.js'
import type { Authenticated, Authenticator, SignedRequest } from './signed-request.js'
import { requireHeadersSigned } from './unsigned-headers.js'

const maxSkewMs = 15 * 60 * 1000

export const authenticateHeader = (
  request: SignedRequest,
  authorization: string,
  authenticator: Authenticator,
  nowMs: number,
): Authenticated => {
  const { headers } = request
  const payloadHash = headers['x-amz-content-sha256']
  if (payloadHash === undefined) throw new S3Error('InvalidRequest', 'Missing x-amz-content-sha256')
  const amzDate = readDate(headers, nowMs)
  const pieces = parseAuthorization(authorization)
  const { credential, signature } = pieces
  if (
    pieces.algorithm !== algorithm ||
    credential === undefined ||
    pieces.signedHeaders === undefined ||
    signature === undefined
  ) {
    throw new S3Error('InvalidRequest', `Please use ${algorithm}`)
  }
  const scope = readScope(credential, amzDate)
  const keyPair = requireKnownKey(scope, authenticator)
  const signedHeaders = readSignedHeaders(pieces.signedHeaders)
  requireSignature(request, { scope, amzDate, signedHeaders, payloadHash, signature }, keyPair, authenticator)
  requireHeadersSigned(request, signedHeaders, payloadHash)
  requireSessionToken(headers['x-amz-security-token'], keyPair)
  return { keyPair, payload: payloadOf(payloadHash) }
}

const readDate = (headers: SignedRequest['headers'], nowMs: number): string => {
  const source = headers['x-amz-date'] === undefined ? 'date' : 'x-amz-date'
  const amzDate = headers[source]
  if (amzDate === undefined) throw invalidArgument('No date provided in x-amz-date nor date header')
  const time = parseAmzDate(amzDate)
  if (time === undefined) {
    throw invalidArgument(`Date provided in '${source}' header (${amzDate}) didn't parse successfully`)
  }
  if (Math.abs(nowMs - time) > maxSkewMs) throw new S3Error('RequestTimeTooSkewed')
  return amzDate
}
