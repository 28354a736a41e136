/** AWS Signature Version 4 for R2: signs requests, and verifies them for servers. `presigning.ts` signs URLs. */
export { formatAmzDate, parseAmzDate } from './amz-date.js'
export { canonicalPathFromRaw } from './canonical-path.js'
export {
  type CanonicalHeaders,
  type CanonicalRequestPieces,
  canonicalHeaders,
  canonicalHeaderValue,
  canonicalRequest,
  credentialScope,
  isSignedHeader,
  type SignableHeaders,
  signedHeaderNames,
  signingAlgorithm,
  stringToSign,
  unsignedPayload,
} from './canonical-request.js'
export { RequestSigner, type RequestSignerOptions, type RequestToSign } from './request-signer.js'
export { deriveSigningKey, type SigningCredentials, SigningKey } from './signing-key.js'
export {
  type AuthorizationPieces,
  type CredentialPieces,
  canonicalQueryFromRaw,
  type ExpectedSignature,
  type PresignedPieces,
  parseAuthorization,
  parseCredential,
  parsePresignedQuery,
  parseSignedHeaders,
  type RawRequest,
  type SignatureClaims,
  SignatureVerifier,
  signaturesEqual,
} from './verify.js'
