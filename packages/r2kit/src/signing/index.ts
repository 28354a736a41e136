/** AWS Signature Version 4 for R2: signs requests, and verifies them for servers. `presigning.ts` signs URLs. */
export { formatAmzDate, parseAmzDate } from './amz-date.js'
export { canonicalPathFromRaw } from './canonical-path.js'
export { unsignedPayload } from './canonical-request.js'
export { RequestSigner, type RequestToSign } from './request-signer.js'
export type { SigningCredentials } from './signing-key.js'
export {
  type AuthorizationPieces,
  type CredentialPieces,
  canonicalQueryFromRaw,
  type ExpectedSignature,
  parseAuthorization,
  parseCredential,
  parseSignedHeaders,
  type RawRequest,
  type SignatureClaims,
  SignatureVerifier,
  signaturesEqual,
} from './verify.js'
