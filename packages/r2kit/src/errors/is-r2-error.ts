import { isBranded } from './base-error.js'
import type { ErrorCode } from './error-table.js'
import type { R2Error } from './r2-error.js'

/**
 * Whether `error` is an `R2Error` of any copy of this package or realm and, if codes are given, has one of them. Narrows `code`
 * to the given codes.
 *
 * @example if (isR2Error(error, 'ObjectNotFound', 'BucketNotFound')) return undefined
 */
export const isR2Error = <const Code extends ErrorCode = ErrorCode>(
  error: unknown,
  ...codes: readonly Code[]
): error is R2Error<Code> =>
  isBranded(error) && (codes.length === 0 || (codes as readonly ErrorCode[]).includes((error as R2Error).code))
