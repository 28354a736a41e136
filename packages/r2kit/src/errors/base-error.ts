/**
 * What every error of this package is made of. It does not know the table of codes, so that a door which raises one code
 * only (`r2kit/presign`) does not carry the texts of all.
 */
import type { ErrorCode, ErrorEntry } from './codes.js'

/** What an error is about; a program usually decides by `kind` first and by `code` where it must. */
export type R2ErrorKind =
  | 'Config'
  | 'Validation'
  | 'Auth'
  | 'Bucket'
  | 'Object'
  | 'Multipart'
  | 'Network'
  | 'Server'
  | 'Transfer'
  | 'Conflict'
  | 'Presign'
  | 'CircuitOpen'
  | 'Aborted'

/** What is known where the error arises or is added by the layers it passes on its way out. */
export interface R2ErrorContext {
  /** S3's own word, as the server sent it: `NoSuchKey`. */
  s3Code?: string | undefined
  /** HTTP status of the answer. */
  status?: number | undefined
  /** How long the server asked us to wait (its `Retry-After`), in milliseconds. */
  retryAfterMs?: number | undefined
  /** S3's operation name: `GetObject`. */
  operation?: string | undefined
  bucket?: string | undefined
  key?: string | undefined
  /** How many times the request was sent. */
  attempts?: number | undefined
  /** The answer's CF-Ray, R2's only request id. */
  requestId?: string | undefined
  /** For validation errors: the field of the input that is wrong. */
  field?: string | undefined
  /** Overrides the table's advice where the place of the error knows better. */
  hint?: string | undefined
  cause?: unknown
}

/** Marks errors of every copy of this package in a process: `instanceof` fails across copies, this does not. */
const brand = Symbol.for('r2kit.R2Error')

/** The fields and methods of an error; programs meet it as `R2Error`. */
export class R2ErrorBase extends Error {
  override readonly name = 'R2Error'
  readonly kind: R2ErrorKind
  readonly code: ErrorCode
  /** True when the same call may succeed later without a change. */
  readonly retryable: boolean
  /** R2's own number for the error (`10007`), where one is published. */
  readonly r2Number: number | undefined
  readonly s3Code: string | undefined
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined
  readonly operation: string | undefined
  readonly bucket: string | undefined
  readonly key: string | undefined
  readonly attempts: number | undefined
  readonly requestId: string | undefined
  readonly field: string | undefined
  /** What to do about it, in a sentence. */
  readonly hint: string | undefined

  constructor(code: ErrorCode, entry: ErrorEntry, message: string, context: R2ErrorContext) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause })
    this.code = code
    this.kind = entry.kind
    this.retryable = entry.retryable
    this.r2Number = entry.r2Number
    this.s3Code = context.s3Code
    this.status = context.status
    this.retryAfterMs = context.retryAfterMs
    this.operation = context.operation
    this.bucket = context.bucket
    this.key = context.key
    this.attempts = context.attempts
    this.requestId = context.requestId
    this.field = context.field
    this.hint = context.hint ?? entry.hint
  }

  /** One line for logs: operation, target, code, status, attempts, request id; never a secret or a signed URL. */
  summary(): string {
    const target = [this.bucket, this.key].filter((part) => part !== undefined).join('/')
    const facts = [
      this.s3Code && this.s3Code !== this.code ? `${this.code} (${this.s3Code})` : this.code,
      this.status === undefined ? undefined : `status ${this.status}`,
      this.attempts === undefined ? undefined : `${this.attempts} attempt${this.attempts === 1 ? '' : 's'}`,
      this.requestId === undefined ? undefined : `request ${this.requestId}`,
    ].filter((fact) => fact !== undefined)
    return `${[this.operation, target].filter(Boolean).join(' ') || 'r2kit'}: ${this.message} [${facts.join(', ')}]`
  }

  toJSON(): Record<string, unknown> {
    const { name, message, kind, code, retryable, r2Number, s3Code, status, retryAfterMs, operation } = this
    const { bucket, key, attempts, requestId, field, hint } = this
    return {
      ...{ name, message, kind, code, retryable, r2Number, s3Code, status, retryAfterMs, operation },
      ...{ bucket, key, attempts, requestId, field, hint },
    }
  }
}

Object.defineProperty(R2ErrorBase.prototype, brand, { value: true })

/** Whether a value is an error of any copy of this package. */
export const isBranded = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[brand] === true
