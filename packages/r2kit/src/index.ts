/** The client library: `import { R2Client } from 'r2kit'`. */

export type { ChecksumAlgorithm } from './base/checksums/index.js'
export { type Clock, systemClock, type Timer } from './base/clock.js'
export * from './client/index.js'
export { type ErrorCode, isR2Error, R2Error, type R2ErrorContext, type R2ErrorKind } from './errors/index.js'
export {
  type Body,
  type ConnectionOptions,
  FetchTransport,
  type FetchTransportOptions,
  type HeaderFields,
  type HttpMethod,
  type HttpRequest,
  type HttpResponse,
  type ReopenableBody,
  type RequestBody,
  type Transport,
} from './http/index.js'
export type { RetryOptions } from './resilience/index.js'
export { type CredentialProvider, type CredentialsInput, Secret } from './security/index.js'
export type { PresignMethod, PresignRules } from './signing/presigning.js'
export type { ValidationRules, ValidationWarning } from './validation/index.js'
export type {
  CorsRule,
  EncryptionRule,
  LifecycleMoment,
  LifecycleRule,
  ListedBucket,
  ListedPart,
  ListedUpload,
} from './xml/documents.js'
export type { ListedObject, Owner } from './xml/index.js'
