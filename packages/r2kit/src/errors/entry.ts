/** The row of an error code, and the one row that `r2kit/presign` needs without the table. */

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

/** What is known about a code, whoever raises it. */
export interface ErrorEntry {
  readonly kind: R2ErrorKind
  /** May the same request succeed later without a change? */
  readonly retryable: boolean
  /** S3 codes, as R2 sends them, that mean this. */
  readonly s3Codes?: readonly string[]
  /** R2's number, from its error-code page. */
  readonly r2Number?: number
  /** What the caller should do. */
  readonly hint?: string
}

/** `InvalidPresign`, the only code of `r2kit/presign`. */
export const invalidPresign = { kind: 'Presign', retryable: false } as const
