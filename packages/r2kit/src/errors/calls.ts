/**
 * What calls need of errors: those that the client makes itself, and the functions for errors of any kind. A second entry point
 * of this module, because bundlers keep everything together that one file exports: with `index.ts` comes the table of all codes.
 */
export type { R2ErrorContext, RetryVerdict } from './base-error.js'
export { abortError, asFinal, mayHaveActed, storedOtherBytes, withContext, withVerdict } from './call-errors.js'
export { clientError } from './client-error.js'
export type { ErrorEntry, R2ErrorKind } from './error-entry.js'
export type { ErrorCode, ErrorKindOf } from './error-table.js'
export { isR2Error } from './is-r2-error.js'
export type { R2Error } from './r2-error.js'
