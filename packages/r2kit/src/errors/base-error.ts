/**
 * The error object without the table of codes, so that `r2kit/presign`, which throws one code only, does not load the texts of
 * all the others.
 */
import type { ErrorEntry, R2ErrorKind } from './error-entry.js'
import type { ErrorCode } from './error-table.js'

/**
 * Why a call that failed was not sent again.
 *
 * - `do-not-retry`: the error is final, or its request cannot be sent twice.
 * - `no-more-retries`: it could have been sent again, but the attempts, the time or the retry budget of the call were used up, or
 *   the server asked for a longer wait than `maxRetryAfterMs`.
 */
export type RetryVerdict = 'do-not-retry' | 'no-more-retries'

/** Facts about one occurrence of an error. Layers that the error passes on its way to the caller add theirs. */
export interface R2ErrorContext {
  /** S3's code as the server sent it: `NoSuchKey`. */
  s3Code?: string | undefined
  /** HTTP status of the response. */
  status?: number | undefined
  /** The delay that the server asked for (`Retry-After`), in milliseconds. */
  retryAfterMs?: number | undefined
  /** S3's name of the operation: `GetObject`. */
  operation?: string | undefined
  /** What the client decided about a retry. */
  retryVerdict?: RetryVerdict | undefined
  /** Bucket of the request. */
  bucket?: string | undefined
  /** Key of the object. */
  key?: string | undefined
  /** Number of times that the request was sent. */
  attempts?: number | undefined
  /** CF-Ray of the response, R2's only request ID. */
  requestId?: string | undefined
  /** Field of the input or option that is wrong: `range.offset`. */
  field?: string | undefined
  /** Advice for this occurrence, in place of the advice of the table. */
  hint?: string | undefined
  /** For `ClockSkewed`: milliseconds that this machine's clock is ahead of the server's; negative where it is behind. */
  clockSkewMs?: number | undefined
  /** The error that led to this one. */
  cause?: unknown
}

/** Marks the errors of every copy of this package in a process: `instanceof` alone fails across copies. */
const brand = Symbol.for('r2kit.R2Error')

/** The fields and methods of an error. The public class is `R2Error`. */
export class R2ErrorBase extends Error {
  override readonly name = 'R2Error'
  /** The topic of the error. */
  declare readonly kind: R2ErrorKind
  /** The package's own code: stable, and independent of the server. */
  declare readonly code: ErrorCode
  /** Whether the same call may succeed later without a change. */
  declare readonly retryable: boolean
  /** R2's own number for the error (`10007`), where R2 publishes one. */
  declare readonly r2Number: number | undefined
  /** S3's code as the server sent it: `NoSuchKey`. */
  declare readonly s3Code: string | undefined
  /** HTTP status of the response. */
  declare readonly status: number | undefined
  /** The delay that the server asked for (`Retry-After`), in milliseconds. */
  declare readonly retryAfterMs: number | undefined
  /** Why the call was not sent again; undefined for an error that came from no attempt. */
  declare readonly retryVerdict: RetryVerdict | undefined
  /** S3's name of the operation: `GetObject`. */
  declare readonly operation: string | undefined
  /** Bucket of the request. */
  declare readonly bucket: string | undefined
  /** Key of the object. */
  declare readonly key: string | undefined
  /** Number of times that the request was sent. */
  declare readonly attempts: number | undefined
  /** CF-Ray of the response, R2's only request ID. */
  declare readonly requestId: string | undefined
  /** Field of the input or option that is wrong: `range.offset`. */
  declare readonly field: string | undefined
  /** For `ClockSkewed`: milliseconds that this machine's clock is ahead of the server's; negative where it is behind. */
  declare readonly clockSkewMs: number | undefined
  /** What to do about the error, in whole sentences. */
  declare readonly hint: string | undefined

  /** @internal */
  constructor(code: ErrorCode, entry: ErrorEntry, message: string, { cause, ...context }: R2ErrorContext) {
    super(message, cause === undefined ? undefined : { cause })
    const { kind, retryable, r2Number, hint } = entry
    // Only known facts become properties, so that a printed error is not a list of `undefined`.
    for (const [field, value] of Object.entries({
      kind,
      code,
      retryable,
      r2Number,
      ...context,
      hint: context.hint ?? hint,
    })) {
      if (value !== undefined) Reflect.set(this, field, value)
    }
  }

  /**
   * One line for logs: operation, bucket and key, message, code, status, attempts and request ID. It never contains a secret or
   * a signed URL.
   *
   * @example 'GetObject photos/cat.jpg: The object does not exist [ObjectNotFound (NoSuchKey), status 404, 1 attempt]'
   */
  summary(): string {
    const { operation, bucket, key, code, s3Code, status, attempts, requestId } = this
    const target = [bucket, key].filter(Boolean).join('/')
    const facts = [
      s3Code && s3Code !== code ? `${code} (${s3Code})` : code,
      status && `status ${status}`,
      attempts && `${attempts} attempt${attempts === 1 ? '' : 's'}`,
      requestId && `request ${requestId}`,
    ]
    const subject = [operation, target].filter(Boolean).join(' ') || 'r2kit'
    return `${subject}: ${this.message} [${facts.filter(Boolean).join(', ')}]`
  }

  /** The known fields, for structured logs; without the stack. */
  toJSON(): Record<string, unknown> {
    const { name, message, ...known } = this
    return { name, message, ...known }
  }
}

Object.defineProperty(R2ErrorBase.prototype, brand, { value: true })
// The name that Node prints, also of a minified class.
Object.defineProperty(R2ErrorBase, 'name', { value: 'R2Error' })

/** Whether a value is an error of any copy of this package. */
export const isBranded = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[brand] === true
