export { type ErrorCode, type ErrorEntry, errorTable } from './codes.js'
export { presignError } from './presign-error.js'
export {
  abortError,
  asFinal,
  isR2Error,
  mayHaveActed,
  R2Error,
  type R2ErrorContext,
  type R2ErrorKind,
  withContext,
} from './r2-error.js'
