/** The one error of `r2kit/presign`, apart from the table of all, so that the door stays small. */
import { R2ErrorBase } from './base-error.js'
import type { ErrorEntry } from './codes.js'

/** The table's entry for `InvalidPresign`. */
export const invalidPresign: ErrorEntry = {
  kind: 'Presign',
  retryable: false,
  meaning: 'The presigned URL that was asked for breaks a rule; none was made.',
}

/** An `InvalidPresign` error about one field of the request. */
export const presignError = (field: string, message: string): R2ErrorBase =>
  new R2ErrorBase('InvalidPresign', invalidPresign, message, { field })
