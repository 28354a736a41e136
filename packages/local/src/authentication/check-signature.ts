/** The last steps of both ways to authenticate: known key, signature, session token. */
import { type CredentialPieces, signaturesEqual } from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'
import type { Authenticator, SignedRequest } from './authenticate.js'

interface Claims {
  readonly scope: CredentialPieces
  readonly amzDate: string
  readonly signedHeaders: readonly string[]
  readonly payloadHash: string
  readonly signature: string
}

/** @throws S3Error Unauthorized for an access key that is not this server's; R2 never says InvalidAccessKeyId. */
export const requireKnownKey = (scope: CredentialPieces, { credentials }: Authenticator): void => {
  if (scope.accessKeyId !== credentials.accessKeyId) throw new S3Error('Unauthorized')
}

/** @throws S3Error SignatureDoesNotMatch, with all that is needed to find the difference. */
export const requireSignature = (request: SignedRequest, claims: Claims, authenticator: Authenticator): void => {
  const { method, rawPath: path, rawQuery: query, headers } = request
  const { scope: credential, amzDate, signedHeaders, payloadHash, signature } = claims
  const expected = authenticator.verifier.expectedSignature(
    { method, path, query, headers },
    { credential, amzDate, signedHeaders, payloadHash },
    authenticator.credentials.secretAccessKey,
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

/** @throws S3Error InvalidArgument for a session token that was not issued here, or for a missing one. */
export const requireSessionToken = (token: string | undefined, { credentials }: Authenticator): void => {
  if (token !== credentials.sessionToken) throw new S3Error('InvalidArgument', 'X-Amz-Security-Token')
}

const spacedHex = (text: string): string =>
  Buffer.from(text)
    .toString('hex')
    .replace(/..(?=.)/g, '$& ')
