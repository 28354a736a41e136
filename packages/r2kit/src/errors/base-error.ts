/**
 * What every error of this package is made of. It does not know the table of codes, so that a door which raises one code
 * only (`r2kit/presign`) does not carry the texts of all.
 */
import type { ErrorCode } from './codes.js'
import type { ErrorEntry, R2ErrorKind } from './entry.js'

/** What is known where the error arises or is added by the layers it passes on its way out. */
export interface R2ErrorContext {
  /** S3's own word, as the server sent it: `NoSuchKey`. */
  s3Code?: string | undefined
  /** HTTP status of the response. */
  status?: number | undefined
  /** How long the server asked us to wait (its `Retry-After`), in milliseconds. */
  retryAfterMs?: number | undefined
  /** S3's operation name: `GetObject`. */
  operation?: string | undefined
  bucket?: string | undefined
  key?: string | undefined
  /** How many times the request was sent. */
  attempts?: number | undefined
  /** The response's CF-Ray, R2's only request id. */
  requestId?: string | undefined
  /** For validation errors: the field of the input that is wrong. */
  field?: string | undefined
  /** Overrides the table's advice where the place of the error knows better. */
  hint?: string | undefined
  /** For `ClockSkewed`: by how much this machine's clock is ahead of the server's, in milliseconds; negative where it is behind. */
  clockSkewMs?: number | undefined
  cause?: unknown
}

/** Marks errors of every copy of this package in a process: `instanceof` fails across copies, this does not. */
const brand = Symbol.for('r2kit.R2Error')

/** The fields and methods of an error; programs meet it as `R2Error`. */
export class R2ErrorBase extends Error {
  override readonly name = 'R2Error'
  declare readonly kind: R2ErrorKind
  declare readonly code: ErrorCode
  /** True when the same call may succeed later without a change. */
  declare readonly retryable: boolean
  /** R2's own number for the error (`10007`), where one is published. */
  declare readonly r2Number: number | undefined
  declare readonly s3Code: string | undefined
  declare readonly status: number | undefined
  declare readonly retryAfterMs: number | undefined
  declare readonly operation: string | undefined
  declare readonly bucket: string | undefined
  declare readonly key: string | undefined
  declare readonly attempts: number | undefined
  declare readonly requestId: string | undefined
  declare readonly field: string | undefined
  declare readonly clockSkewMs: number | undefined
  /** What to do about it, in a sentence. */
  declare readonly hint: string | undefined

  constructor(code: ErrorCode, entry: ErrorEntry, message: string, { cause, ...context }: R2ErrorContext) {
    super(message, cause === undefined ? undefined : { cause })
    const { kind, retryable, r2Number, hint } = entry
    // Only what is known becomes a property, so that a printed error is not a list of `undefined`.
    for (const [field, value] of Object.entries({
      kind,
      code,
      retryable,
      r2Number,
      ...context,
      hint: context.hint ?? hint,
    })) {
      if (value !== undefined) Object.assign(this, { [field]: value })
    }
  }

  /** One line for logs: operation, target, code, status, attempts, request id; never a secret or a signed URL. */
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

  toJSON(): Record<string, unknown> {
    const { name, message, ...known } = this
    return { name, message, ...known }
  }
}

Object.defineProperty(R2ErrorBase.prototype, brand, { value: true })

/** Whether a value is an error of any copy of this package. */
export const isBranded = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[brand] === true
