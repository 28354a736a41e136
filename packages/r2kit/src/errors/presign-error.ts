import { R2ErrorBase } from './base-error.js'

/** An `InvalidPresign` error about one field of the input. The message is the name of the field and the rule. */
export const presignError = (field: string, rule: string): R2ErrorBase =>
  new R2ErrorBase('InvalidPresign', { kind: 'Presign', retryable: false }, `${field} ${rule}`, { field })
