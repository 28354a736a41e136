import { isWellFormed, utf8Bytes } from '../base/bytes.js'
import { shown } from '../base/shown.js'
import { brokenPairHint } from './fields.js'
import { keyBytesLimit } from './limits.js'
import { invalidInput, refuseInput } from './refuse.js'
import { checkText, type ValidationRules } from './rules.js'

/**
 * Checks an object key: 1 to 1,024 bytes of well-formed Unicode in UTF-8, without NUL. Every other character is permitted.
 *
 * Reports to `rules.warn`: a leading `/`, a `//`, and a key that is not in Unicode normalization form NFC.
 *
 * @throws R2Error `InvalidInput`
 */
export const checkObjectKey = (key: string, rules: ValidationRules = {}, field = 'key'): void => {
  checkText(key, field)
  if (key.includes('\0')) throw invalidInput(field, 'must not have a NUL character', key, 'Remove the NUL character.')
  // Most keys are ASCII, and need no other check.
  const ascii = !/[^\0-\x7f]/.test(key)
  if (!ascii && !isWellFormed(key)) throw invalidInput(field, 'must be well-formed Unicode', key, brokenPairHint)
  const bytes = ascii ? key.length : utf8Bytes(key).byteLength
  const bytesMax = rules.keyBytesMax ?? keyBytesLimit
  if (bytes === 0 || bytes > bytesMax) {
    const found = bytes === 0 ? 'is empty' : `has ${bytes}: ${shown(key)}`
    const hint = bytes === 0 ? 'Pass a key.' : 'Shorten the key.'
    throw refuseInput(field, `must have 1 to ${bytesMax} bytes in UTF-8, but it ${found}`, hint)
  }
  if (rules.warn === undefined) return
  if (/^\/|\/\//.test(key))
    rules.warn({ field, message: `${field} starts with "/" or has "//": R2 stores both unchanged` })
  if (!ascii && key.normalize('NFC') !== key) {
    rules.warn({
      field,
      message: `${field} is not in Unicode form NFC: R2 treats keys that differ only in form as the same key`,
    })
  }
}
