import { isWellFormed, utf8Length } from '../base/bytes.js'
import { checkText, invalidInput, type ValidationRules } from './rules.js'

const slash = 47

/**
 * Checks a key: 1 to 1,024 bytes of well-formed Unicode in UTF-8, without NUL. Every other character is allowed.
 *
 * A leading `/`, a `//`, and letters that Unicode writes in two ways are reported to `rules.warn`.
 *
 * @throws R2Error `InvalidInput`
 */
export const checkObjectKey = (key: string, rules: ValidationRules = {}, field = 'key'): void => {
  checkText(key, field)
  // One walk over the key: most are short and ASCII, and every call has one.
  let ascii = true
  let emptySegment = false
  let previous = slash
  for (let index = 0; index < key.length; index++) {
    const unit = key.charCodeAt(index)
    if (unit === 0) throw invalidInput(field, 'must not have a NUL character', key, 'Remove the NUL character.')
    if (unit > 127) ascii = false
    else if (unit === slash && previous === slash) emptySegment = true
    previous = unit
  }
  if (!ascii && !isWellFormed(key)) {
    throw invalidInput(
      field,
      'must be well-formed Unicode',
      key,
      'Half of a surrogate pair stands alone: was the key cut in the middle of an emoji?',
    )
  }
  const bytes = ascii ? key.length : utf8Length(key)
  const bytesMax = rules.keyBytesMax ?? 1024
  if (bytes === 0 || bytes > bytesMax) {
    throw invalidInput(
      field,
      `must have 1 to ${bytesMax} bytes in UTF-8 (it has ${bytes})`,
      key,
      bytes === 0 ? 'Pass a key.' : 'Shorten the key.',
    )
  }
  if (rules.warn === undefined) return
  if (emptySegment) rules.warn({ field, message: `${field} starts with "/" or has "//": R2 keeps both as they are` })
  if (!ascii && key.normalize('NFC') !== key) {
    rules.warn({
      field,
      message: `${field} is not in Unicode form NFC: R2 takes keys that differ only in form for the same key`,
    })
  }
}
