import { isBranded, R2ErrorBase, type R2ErrorContext, type RetryVerdict } from './base-error.js'
import { type ErrorCode, type ErrorKindOf, errorTable } from './error-table.js'

/**
 * The only error class of the package. `kind` and `code` are the package's own and stable; `s3Code`, `r2Number` and `status`
 * come from the server. `docs/errors.md` explains every code.
 *
 * @example
 * try {
 *   await r2.objects.get({ bucket, key })
 * } catch (error) {
 *   if (isR2Error(error, 'ObjectNotFound')) return undefined
 *   throw error
 * }
 *
 * @typeParam Code the codes that the error may have; `isR2Error` narrows it
 */
export class R2Error<Code extends ErrorCode = ErrorCode> extends R2ErrorBase {
  declare readonly kind: ErrorKindOf<Code>
  declare readonly code: Code

  /** @param message `<what failed>: <why>`, without advice: that is the `hint`, from the context or the table. */
  constructor(code: Code, message: string, context: R2ErrorContext = {}) {
    super(code, errorTable[code], message, context)
  }

  /** `instanceof` holds for the errors of every copy of this package, as `isR2Error` does. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isBranded(value)
  }
}

/**
 * Whether `error` is an `R2Error` of any copy of this package or realm and, if codes are given, has one of them. Narrows `code`
 * to the given codes.
 *
 * @example if (isR2Error(error, 'ObjectNotFound', 'BucketNotFound')) return undefined
 */
export const isR2Error = <const Code extends ErrorCode = ErrorCode>(
  error: unknown,
  ...codes: readonly Code[]
): error is R2Error<Code> =>
  isBranded(error) && (codes.length === 0 || (codes as readonly ErrorCode[]).includes((error as R2Error).code))

/**
 * Whether the server may have carried out the request that failed with this error: its outcome is unknown. False also for
 * errors that must not be retried (`asFinal`).
 */
export const mayHaveActed = (error: unknown): boolean =>
  isR2Error(error) && error.retryable && errorTable[error.code]?.mayHaveActed === true

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
    ? new R2Error('Timeout', 'The call was aborted: the timeout of its signal has passed', { cause })
    : new R2Error('Aborted', 'The call was aborted by its caller', { cause })
}
