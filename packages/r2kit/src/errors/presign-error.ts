/** The one error of `r2kit/presign`, apart from the table of all, so that the door stays small. */
import { R2ErrorBase } from './base-error.js'

/** What an error bears of the table's entry for `InvalidPresign`. */
export const invalidPresign = { kind: 'Presign', retryable: false } as const

/** An `InvalidPresign` error about one field of the request; `rule` goes on where the field's name ends. */
export const presignError = (field: string, rule: string): R2ErrorBase =>
  new R2ErrorBase('InvalidPresign', invalidPresign, `${field} ${rule}`, { field })
