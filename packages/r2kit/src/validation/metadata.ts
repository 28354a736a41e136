import { isWellFormed } from '../base/bytes.js'
import { checkText, invalidInput, type ValidationRules } from './rules.js'

/** A header's name: RFC 9110, section 5.1. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** Control characters other than TAB. */
const control = /(?!\t)\p{Cc}/u
const printable = /^[\t\x20-\x7e]*$/

/**
 * How R2 counts metadata: names and values; a text with a character from U+0100 on counts two bytes per UTF-16 unit,
 * else one. As in Cloudflare's own R2 simulator (workers-sdk, packages/miniflare/src/workers/r2/validator.worker.ts).
 */
export const metadataSize = (metadata: Readonly<Record<string, string>>): number => {
  let size = 0
  for (const text of Object.entries(metadata).flat()) size += /[^\0-ÿ]/.test(text) ? text.length * 2 : text.length
  return size
}

/**
 * Checks an object's metadata: names that can stand in a header and differ in more than case, values of any script
 * without control characters other than TAB, and the size of all.
 *
 * @throws R2Error `InvalidInput`
 */
export const checkMetadata = (
  metadata: Readonly<Record<string, string>>,
  rules: ValidationRules = {},
  field = 'metadata',
): void => {
  const names = new Set<string>()
  for (const [name, value] of Object.entries(metadata)) {
    const entry = `${field}[${JSON.stringify(name.slice(0, 60))}]`
    if (!token.test(name)) {
      throw invalidInput(
        entry,
        'must have a name of letters, digits and the signs of header names',
        name,
        'Use a-z, 0-9 and "-".',
      )
    }
    const lower = name.toLowerCase()
    if (names.has(lower))
      throw invalidInput(entry, 'must differ from other names in more than case', name, 'Use lower case.')
    names.add(lower)
    if (lower.startsWith('x-amz-meta-'))
      rules.warn?.({
        field: entry,
        message: `${entry} has the prefix x-amz-meta-, which is added: it will be there twice`,
      })
    checkText(value, entry)
    if (control.test(value) || !isWellFormed(value)) {
      throw invalidInput(
        entry,
        'must be well-formed text without control characters other than TAB',
        value,
        'Encode the value, for example in base64 or as JSON.',
      )
    }
  }
  const size = metadataSize(metadata)
  const sizeMax = rules.metadataBytesMax ?? 2048
  if (size > sizeMax) {
    throw invalidInput(
      field,
      `must have at most ${sizeMax} bytes, names and values together`,
      size,
      'Shorten it, or raise metadataBytesMax: R2 allows 8192.',
    )
  }
}

/**
 * Checks a header's value: printable ASCII and TAB, so that nothing a caller passes can end the header and begin another.
 *
 * @throws R2Error `InvalidInput`
 */
export const checkHeaderValue = (value: string, field: string): void => {
  checkText(value, field)
  if (!printable.test(value)) {
    throw invalidInput(
      field,
      'must be printable ASCII',
      value,
      "Remove line breaks; write other scripts as RFC 8187 has it: filename*=UTF-8''na%C3%AFve.txt",
    )
  }
}
