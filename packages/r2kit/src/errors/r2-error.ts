import { isBranded, R2ErrorBase, type R2ErrorContext } from './base-error.js'
import { type ErrorCode, type ErrorKindOf, errorTable } from './error-table.js'

/**
 * The only error class of the package. `kind` and `code` are the package's own and stable; `s3Code`, `r2Number` and `status`
 * come from the server. `docs/errors.md` explains every code.
 *
 * @example
 * try {
 *   await r2.objects.get({ bucket, key })
 * } catch (error) {
 *   if (isR2Error(error, 'ObjectNotFound')) return undefined
 *   throw error
 * }
 *
 * @typeParam Code the codes that the error may have; `isR2Error` narrows it
 */
export class R2Error<Code extends ErrorCode = ErrorCode> extends R2ErrorBase {
  declare readonly kind: ErrorKindOf<Code>
  declare readonly code: Code

  /** @param message `<what failed>: <why>`, without advice: that is the `hint`, from the context or the table. */
  constructor(code: Code, message: string, context: R2ErrorContext = {}) {
    super(code, errorTable[code], message, context)
  }

  /** `instanceof` holds for the errors of every copy of this package, as `isR2Error` does. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isBranded(value)
  }
}
