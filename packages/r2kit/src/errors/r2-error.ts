import { isBranded, R2ErrorBase, type R2ErrorContext } from './base-error.js'
import { type ErrorCode, errorTable } from './codes.js'

export type { R2ErrorContext } from './base-error.js'

/**
 * The one error class. `kind` and `code` are ours and stable; `s3Code`, `r2Number` and `status` are the server's.
 *
 * @example
 * try {
 *   await r2.objects.get({ bucket, key })
 * } catch (error) {
 *   if (isR2Error(error, 'ObjectNotFound')) return undefined
 *   throw error
 * }
 */
export class R2Error extends R2ErrorBase {
  constructor(code: ErrorCode, message: string, context: R2ErrorContext = {}) {
    super(code, errorTable[code], message, context)
  }

  /** `instanceof` holds for errors of every copy of this package, as `isR2Error` does. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isBranded(value)
  }
}

/** Whether `error` is an `R2Error` of any copy of this package and, where codes are given, has one of them. */
export const isR2Error = (error: unknown, ...codes: ErrorCode[]): error is R2Error =>
  isBranded(error) && (codes.length === 0 || codes.includes((error as R2Error).code))

/**
 * Whether the server may have carried out a request that failed so: no clear response came, or one that R2 also sends
 * after it has acted. The others refused it before they acted, never reached it, or (`IntegrityMismatch`) refused its bytes.
 */
export const mayHaveActed = (error: unknown): boolean =>
  isR2Error(error) && error.retryable && !notExecuted.has(error.code)

const notExecuted: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'SlowDown',
  'ConnectionFailed',
  'PoolExhausted',
  'CircuitOpen',
  'IntegrityMismatch',
])

/** The same error with more context; what is already known stays. The stack and cause are those of the first error. */
export const withContext = (error: R2Error, context: R2ErrorContext): R2Error => {
  const writable = error as { -readonly [Field in keyof R2Error]: R2Error[Field] }
  for (const field of ['operation', 'bucket', 'key', 'attempts', 'requestId'] as const) {
    if (writable[field] === undefined && context[field] !== undefined)
      Object.assign(writable, { [field]: context[field] })
  }
  return error
}

/** The same error, no longer retryable: the caller cannot repeat the call as it was. */
export const asFinal = (error: R2Error): R2Error => Object.assign(error, { retryable: false })

/**
 * The error of a call whose signal was aborted: the reason where it is an `R2Error` (a deadline), `Timeout` for
 * `AbortSignal.timeout()`, else `Aborted`. Layers that retry check the signal first, so none of them is retried.
 */
export const abortError = (signal: AbortSignal | undefined): R2Error => {
  const cause: unknown = signal?.reason
  if (isR2Error(cause)) return cause
  return cause instanceof DOMException && cause.name === 'TimeoutError'
    ? new R2Error('Timeout', "the call was aborted by its signal's timeout", { cause })
    : new R2Error('Aborted', 'the call was aborted', { cause })
}
