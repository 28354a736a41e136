import { R2ErrorBase, type R2ErrorContext } from './base-error.js'
import { type ClientErrorCode, clientErrorRows } from './client-errors.js'
import type { R2Error } from './r2-error.js'

/**
 * Makes an error of the client: what `new R2Error` makes, without the table of all codes.
 *
 * @param message `<what failed>: <why>`, without advice: that is the `hint`, from the context or the row.
 */
export const clientError = <Code extends ClientErrorCode>(
  code: Code,
  message: string,
  context: R2ErrorContext = {},
): R2Error<Code> => new R2ErrorBase(code, clientErrorRows[code], message, context) as R2Error<Code>
