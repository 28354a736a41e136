import type { ErrorCode } from 'r2kit'
import { type ExitCode, exitCodes } from './exit-codes.js'

const { someFailed, usage, notFound, authentication, temporary, interrupted } = exitCodes

/**
 * The exit code for each error code of the client. It does not compile without one for a new code. A code is temporary exactly
 * where the client calls it retryable; the codes of files (`FileUnavailable`, `SourceFailed`) follow their cause where they have one.
 */
export const exitCodeOfCode: Readonly<Record<ErrorCode, ExitCode>> = {
  // Nothing was sent, or the request as the user wrote it is refused
  InvalidConfig: usage,
  InvalidInput: usage,
  InvalidPresign: usage,
  InvalidBucketName: usage,
  InvalidObjectName: usage,
  KeyNotSendable: usage,
  MetadataTooLarge: usage,
  Redirected: usage,
  // Absent
  BucketNotFound: notFound,
  ConfigurationNotFound: notFound,
  ObjectNotFound: notFound,
  UploadNotFound: notFound,
  // Who is asking
  AccessDenied: authentication,
  ClockSkewed: authentication,
  ExpiredRequest: authentication,
  ExpiredToken: authentication,
  InvalidCredentials: authentication,
  NotEntitled: authentication,
  SignatureDoesNotMatch: authentication,
  Unauthorized: authentication,
  // The same command may succeed later
  CircuitOpen: temporary,
  ConnectionFailed: temporary,
  ConnectionReset: temporary,
  EdgeError: temporary,
  IntegrityMismatch: temporary,
  InternalError: temporary,
  InvalidResponse: temporary,
  ServiceUnavailable: temporary,
  SlowDown: temporary,
  StreamInterrupted: temporary,
  Timeout: temporary,
  // The user's decision
  Aborted: interrupted,
  // All else
  BadRequest: someFailed,
  BucketExists: someFailed,
  BucketNotEmpty: someFailed,
  ClientClosed: someFailed,
  EntityTooLarge: someFailed,
  FileUnavailable: someFailed,
  InvalidJson: someFailed,
  InvalidPart: someFailed,
  InvalidRange: someFailed,
  LengthRequired: someFailed,
  LockConflict: someFailed,
  NotImplemented: someFailed,
  NotModified: someFailed,
  ObjectChanged: someFailed,
  ObjectLocked: someFailed,
  OutcomeUnknown: someFailed,
  PartTooSmall: someFailed,
  PoolExhausted: someFailed,
  PreconditionFailed: someFailed,
  ResponseTooLarge: someFailed,
  SourceChanged: someFailed,
  SourceFailed: someFailed,
  SourceStalled: someFailed,
  TargetExists: someFailed,
  TlsFailed: someFailed,
  TooManyBuckets: someFailed,
  UnknownError: someFailed,
  UnsafePath: someFailed,
}
