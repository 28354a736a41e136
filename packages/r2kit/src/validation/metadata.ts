import { isWellFormed } from '../base/bytes.js'
import { invalidInput, refuseInput } from './refuse.js'
import { checkText, type ValidationRules } from './rules.js'

/** A header name: RFC 9110, section 5.1. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** Control characters other than TAB. */
const control = /(?!\t)\p{Cc}/u
const printable = /^[\t\x20-\x7e]*$/

/**
 * The size of metadata as R2 counts it, names and values together: two bytes per UTF-16 unit for a text with a character from
 * U+0100, otherwise one. Source: Cloudflare's R2 simulator (workers-sdk, packages/miniflare/src/workers/r2/validator.worker.ts).
 */
export const metadataSize = (metadata: Readonly<Record<string, string>>): number => {
  let size = 0
  for (const text of Object.entries(metadata).flat()) size += /[^\0-ÿ]/.test(text) ? text.length * 2 : text.length
  return size
}

/**
 * Checks the metadata of an object: names that a header can have and that differ in more than case, values of any script
 * without control characters other than TAB, and the total size.
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
      throw refuseInput(entry, 'must have a name that HTTP permits for a header', 'Use a-z, 0-9 and "-".')
    }
    const lower = name.toLowerCase()
    if (names.has(lower))
      throw refuseInput(entry, 'must differ from other names in more than case', 'Use lower case for all names.')
    names.add(lower)
    if (lower.startsWith('x-amz-meta-'))
      rules.warn?.({
        field: entry,
        message: `${entry} starts with x-amz-meta-, which the client adds: the header will have the prefix twice`,
      })
    checkText(value, entry)
    if (control.test(value) || !isWellFormed(value)) {
      throw invalidInput(
        entry,
        'must be well-formed Unicode without control characters other than TAB',
        value,
        'Encode the value, for example in base64 or as JSON.',
      )
    }
  }
  const size = metadataSize(metadata)
  const sizeMax = rules.metadataBytesMax ?? 2048
  if (size > sizeMax) {
    const problem = `must have at most ${sizeMax} bytes, names and values together, but it has ${size}`
    throw refuseInput(field, problem, 'Shorten it, or raise metadataBytesMax: R2 permits 8192.')
  }
}

/**
 * Checks a header value: printable ASCII and TAB, so that no input can end the header and begin another.
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
      "Remove line breaks. Encode other scripts as RFC 8187 describes: filename*=UTF-8''na%C3%AFve.txt",
    )
  }
}
