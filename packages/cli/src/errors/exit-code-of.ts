/** The exit code for each error. */
import { type ErrorCode, isR2Error, type R2Error } from 'r2kit/protocol'
import { CommandFailed, systemErrorCode, UsageError } from './error-kinds.js'
import { type ExitCode, exitCodes } from './exit-codes.js'

const { someFailed, usage, notFound, authentication, temporary, interrupted } = exitCodes

/**
 * The exit code for each error code of the client. The type makes a new code of the client a compile error here. A code is
 * temporary exactly if the client calls it retryable. `FileUnavailable` and `SourceFailed` take the exit code of their cause, if
 * they have one.
 */
export const exitCodeByErrorCode: Readonly<Record<ErrorCode, ExitCode>> = {
  // Nothing was sent, or the request is invalid as the user wrote it.
  InvalidConfig: usage,
  InvalidInput: usage,
  InvalidPresign: usage,
  InvalidBucketName: usage,
  InvalidObjectName: usage,
  KeyNotSendable: usage,
  MetadataTooLarge: usage,
  Redirected: usage,
  // Not found
  BucketNotFound: notFound,
  ConfigurationNotFound: notFound,
  ObjectNotFound: notFound,
  UploadNotFound: notFound,
  // Credentials and permissions
  AccessDenied: authentication,
  ClockSkewed: authentication,
  ExpiredRequest: authentication,
  ExpiredToken: authentication,
  InvalidCredentials: authentication,
  NotEntitled: authentication,
  SignatureDoesNotMatch: authentication,
  Unauthorized: authentication,
  // The same command may succeed later.
  CircuitOpen: temporary,
  ReplayMismatch: usage,
  ConnectionFailed: temporary,
  ConnectionReset: temporary,
  EdgeError: temporary,
  IntegrityMismatch: temporary,
  InternalError: temporary,
  InvalidResponse: temporary,
  ServiceUnavailable: temporary,
  SlowDown: temporary,
  MaxRetriesExceeded: temporary,
  StreamInterrupted: temporary,
  Timeout: temporary,
  // Interrupted by the user
  Aborted: interrupted,
  // All others
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

/** The exit code of a command that failed with `error`. */
export const exitCodeOf = (error: unknown): ExitCode => {
  if (error instanceof UsageError) return exitCodes.usage
  if (error instanceof CommandFailed) return exitCodes.commandFailed
  if (isR2Error(error)) {
    // An unreadable file is not a mistake on the command line, although the client may report it as invalid input.
    if (isAboutFile(error)) return error.cause === undefined ? exitCodes.someFailed : exitCodeOf(error.cause)
    // A newer client may have codes that are missing from the table.
    return exitCodeByErrorCode[error.code] ?? (error.retryable ? exitCodes.temporary : exitCodes.someFailed)
  }
  return systemErrorCode(error) === 'ENOENT' ? exitCodes.notFound : exitCodes.someFailed
}

const fileFields: ReadonlySet<string | undefined> = new Set(['source', 'body', 'target.path'])

const isAboutFile = ({ code, field }: R2Error): boolean =>
  code === 'FileUnavailable' || code === 'SourceFailed' || (code === 'InvalidInput' && fileFields.has(field))
