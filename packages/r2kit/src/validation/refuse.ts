/** The errors for fields that break a rule. Code that is loaded later imports them from here, without the checks. */
import { shown } from '../base/shown.js'
import { isBranded } from '../errors/base-error.js'
import { clientError, type R2Error } from '../errors/calls.js'

/**
 * Makes the error for a field: `refuseInput` or `refuseOption`.
 *
 * @param problem sentence that begins with the field as its subject: `must be a string, but it is 5`
 * @param hint what to do, in whole sentences
 */
export type Refuse = (field: string, problem: string, hint: string, cause?: unknown) => Error

/**
 * Makes the `InvalidInput` error for a field of an input.
 *
 * @param problem sentence that begins with the field as its subject: `must be a string, but it is 5`
 * @param hint what to do, in whole sentences
 */
export const refuseInput = (field: string, problem: string, hint: string, cause?: unknown): R2Error =>
  clientError('InvalidInput', `${field} ${problem}`, { field, hint, cause })

/** Makes the `InvalidConfig` error for an option of a client; see `refuseInput`. */
export const refuseOption = (field: string, problem: string, hint: string, cause?: unknown): R2Error =>
  clientError('InvalidConfig', `${field} ${problem}`, { field, hint, cause })

/** Makes the `InvalidInput` error for a value that breaks a rule; the message shows the value, shortened. */
export const invalidInput = (field: string, rule: string, value: unknown, hint: string): R2Error =>
  refuseInput(field, `${rule}, but it is ${shown(value)}`, hint)

/** `must be a string, but it is 5`. */
export const mustBe = (takes: string, value: unknown): string => `must be ${takes}, but it is ${shown(value)}`

/** The error for a field whose getter or Proxy threw `error`. An error that a field made is returned unchanged. */
export const unreadable = (error: unknown, path: string, refuse: Refuse): unknown =>
  isBranded(error) ? error : refuse(path, 'could not be read: its getter threw', 'Pass a plain value.', error)
