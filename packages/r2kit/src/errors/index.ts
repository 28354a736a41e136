export { presignError, type R2ErrorContext, type RetryVerdict } from './base-error.js'
export { type ErrorCode, type ErrorEntry, type ErrorKindOf, errorTable, type R2ErrorKind } from './error-table.js'
export { abortError, asFinal, isR2Error, mayHaveActed, R2Error, withContext, withVerdict } from './r2-error.js'
