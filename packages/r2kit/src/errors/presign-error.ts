/** The one error of `r2kit/presign`, apart from the table of all, so that the door stays small. */
import { R2ErrorBase } from './base-error.js'
import { invalidPresign } from './entry.js'

/** An `InvalidPresign` error about one field of the request; `rule` goes on where the field's name ends. */
export const presignError = (field: string, rule: string): R2ErrorBase =>
  new R2ErrorBase('InvalidPresign', invalidPresign, `${field} ${rule}`, { field })
