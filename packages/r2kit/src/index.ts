/** The client library: `import { R2Client } from 'r2kit'`. */

export type { ChecksumAlgorithm } from './base/checksums/index.js'
export { type Clock, systemClock, type Timer } from './base/clock.js'
export type {
  BucketHandle,
  BucketObjects,
  BucketTransfers,
  InBucket,
  SourceAddress,
  WithoutBucket,
} from './bucket-handle.js'
export * from './client/index.js'
export type { R2ClientOptions } from './client-options.js'
export type { Environment } from './environment.js'
export {
  type ErrorCode,
  type ErrorKindOf,
  isR2Error,
  R2Error,
  type R2ErrorContext,
  type R2ErrorKind,
  type RetryVerdict,
} from './errors/index.js'
export type {
  Body,
  ConnectionOptions,
  HeaderFields,
  HttpMethod,
  HttpRequest,
  HttpResponse,
  PlainRequest,
  PlainResponse,
  PlainSend,
  ProxyOptions,
  ReopenableBody,
  RequestBody,
  RequestBounds,
  Transport,
} from './http/index.js'
export {
  type CreateTransportOptions,
  createTransport,
  type FetchFunction,
  FetchTransport,
  type FetchTransportOptions,
} from './http/transports.js'
export type { R2EventError } from './observability/event-error.js'
export type { R2EventListener } from './observability/event-stream.js'
export type * from './observability/events.js'
export type * from './observability/transfer-events.js'
export type {
  Attempt,
  AttemptHandler,
  AttemptLayer,
  BreakerState,
  Call,
  CallHandler,
  CallLayer,
  DelayReason,
  OperationTraits,
  TimeoutClass,
  Timeouts,
} from './pipeline/index.js'
export { R2Client, type R2ClientLike } from './r2-client.js'
export { R2ClientBuilder, type TransportRecorder } from './r2-client-builder.js'
export type { RetryOptions } from './resilience/index.js'
export {
  type CredentialContext,
  type CredentialProvider,
  type CredentialsInput,
  type DescribedRequest,
  Secret,
} from './security/index.js'
export type { PresignMethod, PresignRules } from './signing/presigning.js'
export type { TransferOptions, TransferSettings } from './transfers/handle/options.js'
export type { OnProgress, TransferProgress, TransferState } from './transfers/handle/progress.js'
export type { StreamDownload } from './transfers/handle/stream-download.js'
export type { Transfer } from './transfers/handle/transfer.js'
export type { UploadGuard } from './transfers/handle/upload-guard.js'
export type { Transfers } from './transfers/transfers.js'
export type { ValidationRules, ValidationWarning } from './validation/index.js'
export type {
  CompletedPart,
  CompleteMultipartUploadResult,
  CopyResult,
  CorsRule,
  EncryptionRule,
  LifecycleMoment,
  LifecycleRule,
  ListBucketsPage,
  ListedBucket,
  ListedPart,
  ListedUpload,
  ListMultipartUploadsPage,
  ListPartsPage,
  XmlChecksum,
} from './xml/documents.js'
export type { ListedObject, ListObjectsPage, Owner } from './xml/index.js'
