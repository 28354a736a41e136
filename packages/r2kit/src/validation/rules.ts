/**
 * What is checked before anything is sent, and how a broken rule is reported. Facts about R2:
 * developers.cloudflare.com/r2/platform/limits and /r2/api/error-codes.
 */
import { shown } from '../base/shown.js'
import { R2Error } from '../errors/index.js'

/** Rules that may be changed; the defaults are the stricter ones. */
export interface ValidationRules {
  /**
   * `strict` refuses two hyphens in a row, which some tools cannot address; `r2` allows all that R2 allows.
   * @defaultValue 'strict'
   */
  readonly bucketNames?: 'strict' | 'r2'
  /** Longest key, in UTF-8 bytes. @defaultValue 1024, R2's limit */
  readonly keyBytesMax?: number
  /** Longest metadata, names and values together, as R2 counts them. R2 allows 8,192. @defaultValue 2048 */
  readonly metadataBytesMax?: number
  /** Gets what is allowed and yet seldom meant, such as a key that starts with `/`. @defaultValue nobody is told */
  readonly warn?: (warning: ValidationWarning) => void
}

export interface ValidationWarning {
  readonly field: string
  readonly message: string
}

/** The error for a field of an input: what is wrong with it, and what to do. */
export const refuseInput = (field: string, problem: string, hint: string, cause?: unknown): R2Error =>
  new R2Error('InvalidInput', `${field} ${problem}`, { field, hint, cause })

/** The same for an option of a client. */
export const refuseOption = (field: string, problem: string, hint: string, cause?: unknown): R2Error =>
  new R2Error('InvalidConfig', `${field} ${problem}`, { field, hint, cause })

/** The error for a broken rule: field, rule, shortened value, and what to do about it. */
export const invalidInput = (field: string, rule: string, value: unknown, hint: string): R2Error =>
  refuseInput(field, `${rule}, but it is ${shown(value)}`, hint)

/** Narrows what callers without types pass. */
export function checkText(value: unknown, field: string): asserts value is string {
  if (typeof value !== 'string') throw invalidInput(field, 'must be a string', value, 'Pass a string.')
}
