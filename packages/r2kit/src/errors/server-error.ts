import { R2ErrorBase, type R2ErrorContext } from './base-error.js'
import type { R2Error } from './r2-error.js'
import { type ResponseErrorCode, responseErrorRows } from './server-errors.js'

/**
 * Makes the error of a response: what `new R2Error` makes, without the rows of transfers.
 *
 * @param message `<what failed>: <why>`, without advice: that is the `hint`, from the context or the row.
 */
export const serverError = <Code extends ResponseErrorCode>(
  code: Code,
  message: string,
  context: R2ErrorContext = {},
): R2Error<Code> => new R2ErrorBase(code, responseErrorRows[code], message, context) as R2Error<Code>
