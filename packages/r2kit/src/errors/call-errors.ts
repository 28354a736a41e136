/** What the layers of a call find out about an error, and add to it. */
import type { R2ErrorContext, RetryVerdict } from './base-error.js'
import { clientError } from './client-error.js'
import type { ErrorCode } from './error-table.js'
import { isR2Error } from './is-r2-error.js'
import type { R2Error } from './r2-error.js'

/** The codes whose rows have `mayHaveActed`, without the table. */
const ambiguousCodes: readonly ErrorCode[] = [
  'ConnectionReset',
  'StreamInterrupted',
  'Timeout',
  'InvalidResponse',
  'InternalError',
  'ServiceUnavailable',
  'EdgeError',
]

/**
 * Whether the server may have carried out the request that failed with this error: its outcome is unknown. False also for
 * errors that must not be retried (`asFinal`).
 */
export const mayHaveActed = (error: unknown): boolean =>
  isR2Error(error) && error.retryable && ambiguousCodes.includes(error.code)

/** Whether other bytes than were sent are stored. A server that compares a checksum itself stores nothing where it differs. */
export const storedOtherBytes = ({ code, status }: R2Error): boolean =>
  code === 'IntegrityMismatch' && status === undefined

/** Adds context to an error and returns it. Facts that the error has already are kept, and so are its stack and cause. */
export const withContext = (error: R2Error, context: R2ErrorContext): R2Error => {
  const writable = error as { -readonly [Field in keyof R2Error]: R2Error[Field] }
  for (const field of ['operation', 'bucket', 'key', 'attempts', 'requestId'] as const) {
    if (writable[field] === undefined && context[field] !== undefined)
      Object.assign(writable, { [field]: context[field] })
  }
  return error
}

/** Records why the call was not sent again, and returns the error. The outermost loop that retries decides. */
export const withVerdict = (error: R2Error, retryVerdict: RetryVerdict): R2Error =>
  Object.assign(error, { retryVerdict })

/** Marks an error as not retryable and returns it: the caller cannot repeat the call as it was. */
export const asFinal = (error: R2Error): R2Error => Object.assign(error, { retryable: false })

/**
 * The error of a call whose signal is aborted: the signal's reason if that is an `R2Error` (a deadline), `Timeout` for
 * `AbortSignal.timeout()`, otherwise `Aborted`. Layers that retry check the signal first, so none of these is retried.
 */
export const abortError = (signal: AbortSignal | undefined): R2Error => {
  const cause: unknown = signal?.reason
  if (isR2Error(cause)) return cause
  return cause instanceof DOMException && cause.name === 'TimeoutError'
    ? clientError('Timeout', 'The call was aborted: the timeout of its signal has passed', { cause })
    : clientError('Aborted', 'The call was aborted by its caller', { cause })
}
