/**
 * `r2kit/protocol`: the low modules that `@r2kit/local` and `@r2kit/cli` share with the client. It has no client; the
 * default transport is loaded on first use.
 * There is no promise of stability: names change in any release, together with the two packages.
 *
 * @internal
 */

export { sha256Hex } from '#hash'
export { createDefaultTransport } from '#transport'
export {
  base64FromBytes,
  bytesFromBase64,
  compareUtf8,
  concatBytes,
  utf8Length,
} from './base/bytes.js'
export { combineCrc64Nvme } from './base/checksums/crc64nvme.js'
export {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumLengths,
  checksumOf,
  createChecksum,
} from './base/checksums/index.js'
export { type Clock, systemClock, type Timer } from './base/clock.js'
export { canonicalQuery, encodeKeyPath, encodeQueryValue } from './base/encode.js'
export type { IncrementalHash } from './base/hash/types.js'
export { printable, shown, typeNameOf } from './base/shown.js'
export {
  type ErrorCode,
  type ErrorEntry,
  errorTable,
  isR2Error,
  R2Error,
  type R2ErrorContext,
  type R2ErrorKind,
} from './errors/index.js'
export type { HttpMethod, HttpRequest, HttpResponse, RequestBody, Transport } from './http/index.js'
export {
  type AuthorizationPieces,
  type CredentialPieces,
  canonicalPathFromRaw,
  canonicalQueryFromRaw,
  type ExpectedSignature,
  formatAmzDate,
  parseAmzDate,
  parseAuthorization,
  parseCredential,
  parseSignedHeaders,
  type RawRequest,
  RequestSigner,
  type SignatureClaims,
  SignatureVerifier,
  type SigningCredentials,
  signaturesEqual,
  unsignedPayload,
} from './signing/index.js'
export { type PresignRequest, presignWithSigner } from './signing/presigning.js'
export { dripping, firstBytes, withFlippedBit } from './simulation/faults/damaged-body.js'
export { errorResponse } from './simulation/faults/error-response.js'
export { type FaultDecision, FaultPlan } from './simulation/faults/fault-plan.js'
export { faultRulesField } from './simulation/faults/fault-rule.js'
export { requestDetail } from './simulation/request-target.js'
export {
  callback,
  checkBucketName,
  checkHeaderValue,
  checkMetadata,
  checkObjectKey,
  decodeMetadataValue,
  encodeMetadataValue,
  type Field,
  type Fields,
  flag,
  integer,
  metadataSize,
  nearestName,
  type ObjectField,
  objectOf,
  oneOf,
  partSizeBytesMax,
  type Refuse,
  refuseOption,
  required,
  someOf,
  type ValidationRules,
  type ValidationWarning,
  withMethods,
} from './validation/index.js'
export {
  type CorsRule,
  corsDocument,
  type EncryptionRule,
  encryptionDocument,
  escapeXml,
  type LifecycleMoment,
  type LifecycleRule,
  lifecycleDocument,
  xmlDocument,
  xmlElement,
  xmlValue,
} from './xml/documents.js'
export {
  childOf,
  childrenOf,
  type ListedObject,
  type ListObjectsPage,
  ListObjectsReader,
  readListObjects,
  readTree,
  type XmlLimits,
  type XmlNode,
} from './xml/index.js'
