/**
 * Rules that are checked before anything is sent. Facts about R2:
 * developers.cloudflare.com/r2/platform/limits and /r2/api/error-codes.
 */
import { anyText } from './fields.js'
import { refuseInput } from './refuse.js'

/** Adjustable limits of the checks on bucket names, keys and metadata. The defaults are the stricter ones. */
export interface ValidationRules {
  /**
   * `strict` rejects names with two hyphens in a row, which some tools cannot address. `r2` permits every name that R2 permits.
   *
   * @defaultValue 'strict'
   */
  readonly bucketNames?: 'strict' | 'r2' | undefined
  /** Longest key, in UTF-8 bytes: at most 1024, R2's limit. @defaultValue 1024 */
  readonly keyBytesMax?: number | undefined
  /**
   * Largest metadata, names and values together, in bytes as R2 counts them: at most 8192, R2's limit.
   *
   * @defaultValue 2048
   */
  readonly metadataBytesMax?: number | undefined
  /**
   * Called for input that is valid but likely a mistake, such as a key with a leading `/`.
   *
   * @defaultValue no-op
   * @example warn: ({ message }) => console.warn(message)
   */
  readonly warn?: ((warning: ValidationWarning) => void) | undefined
}

/** A note on input that is valid but likely a mistake. */
export interface ValidationWarning {
  /** Field of the input: `key`, `metadata["owner"]`. */
  readonly field: string
  /** The note in words, beginning with the field. */
  readonly message: string
}

/** Checks that a value is a string, for callers without types. @throws R2Error `InvalidInput` */
export function checkText(value: unknown, field: string): asserts value is string {
  anyText.read(value, field, refuseInput)
}
