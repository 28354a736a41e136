export { type ErrorCode, errorTable } from './codes.js'
export type { ErrorEntry, R2ErrorKind } from './entry.js'
export { presignError } from './presign-error.js'
export {
  abortError,
  asFinal,
  isR2Error,
  mayHaveActed,
  R2Error,
  type R2ErrorContext,
  withContext,
} from './r2-error.js'
