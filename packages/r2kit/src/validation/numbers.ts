import { invalidInput } from './rules.js'

/** Longest single upload or part that R2 takes, in bytes: 5 GiB less 5 MiB. */
export const partSizeBytesMax = 5_363_466_240
/** Shortest part but the last, in bytes: 5 MiB. */
export const partSizeBytesMin = 5_242_880
/** Most parts of one upload, and the highest part number. */
export const partCountMax = 10_000

/**
 * Checks that a value is a whole number between two bounds, both allowed.
 *
 * @throws R2Error `InvalidInput`
 */
export const checkInteger = (
  value: number,
  field: string,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): void => {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return
  const bounds = max === Number.MAX_SAFE_INTEGER ? `from ${min} on` : `from ${min} to ${max}`
  throw invalidInput(field, `must be a whole number ${bounds}`, value, `Pass a whole number ${bounds}.`)
}

/** Checks the number of a part; the first is 1. */
export const checkPartNumber = (partNumber: number, field = 'partNumber'): void =>
  checkInteger(partNumber, field, 1, partCountMax)

/** Checks the size that all parts but the last shall have, in bytes. */
export const checkPartSize = (partSizeBytes: number, field = 'partSizeBytes'): void =>
  checkInteger(partSizeBytes, field, partSizeBytesMin, partSizeBytesMax)
