/** The checks that the header form and the query form share: access key, signature, session token. */
import { type CredentialPieces, signaturesEqual } from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'
import type { LocalCredentials, LocalKeyPair } from './credentials.js'
import type { Authenticator, SignedRequest } from './signed-request.js'

/** What a request states about its own signature. */
interface SignatureClaims {
  readonly scope: CredentialPieces
  readonly amzDate: string
  readonly signedHeaders: readonly string[]
  readonly payloadHash: string
  readonly signature: string
}

/** @throws S3Error `Unauthorized` for an unknown access key; R2 does not use `InvalidAccessKeyId`. */
export const requireKnownKey = (scope: CredentialPieces, { keyPairs }: Authenticator): LocalKeyPair => {
  const keyPair = keyPairs.get(scope.accessKeyId)
  if (keyPair === undefined) throw new S3Error('Unauthorized')
  return keyPair
}

/** @throws S3Error `SignatureDoesNotMatch` with the server's string to sign and canonical request, for comparison. */
export const requireSignature = (
  request: SignedRequest,
  claims: SignatureClaims,
  { secretAccessKey }: LocalCredentials,
  { verifier }: Authenticator,
): void => {
  const { method, rawPath: path, rawQuery: query, headers } = request
  const { scope: credential, amzDate, signedHeaders, payloadHash, signature } = claims
  const expected = verifier.expectedSignature(
    { method, path, query, headers },
    { credential, amzDate, signedHeaders, payloadHash },
    secretAccessKey,
  )
  if (signaturesEqual(expected.signature, signature)) return
  throw new S3Error('SignatureDoesNotMatch', undefined, {
    fields: [
      ['StringToSign', expected.stringToSign],
      ['StringToSignBytes', spacedHex(expected.stringToSign)],
      ['CanonicalRequest', expected.canonicalRequest],
      ['CanonicalRequestBytes', spacedHex(expected.canonicalRequest)],
      ['SignatureProvided', signature],
    ],
  })
}

/** @throws S3Error `InvalidArgument` if the session token differs from the key pair's, or one of the two is missing. */
export const requireSessionToken = (token: string | undefined, { sessionToken }: LocalCredentials): void => {
  if (token !== sessionToken) throw new S3Error('InvalidArgument', 'X-Amz-Security-Token')
}

const spacedHex = (text: string): string =>
  Buffer.from(text)
    .toString('hex')
    .replace(/..(?=.)/g, '$& ')
