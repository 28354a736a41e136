import { invalidInput } from './refuse.js'
import { checkText, type ValidationRules } from './rules.js'

const allowed = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/
const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/

/**
 * Checks a bucket name: 3 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends. Neither `/` nor `.`
 * is permitted, so that no name can change the path of a request.
 *
 * @throws R2Error `InvalidInput`
 */
export const checkBucketName = (name: string, rules: ValidationRules = {}, field = 'bucket'): void => {
  // Before the pattern, which would convert `undefined` to a name of nine letters.
  checkText(name, field)
  if (allowed.test(name) && (rules.bucketNames === 'r2' || !name.includes('--'))) return
  const fail = (rule: string, hint: string) => invalidInput(field, rule, name, hint)
  if (name.length < 3 || name.length > 63)
    throw fail('must have 3 to 63 characters', 'Choose a name of 3 to 63 characters.')
  if (ipv4.test(name)) throw fail('must not be an IPv4 address', 'Choose a name with letters and hyphens.')
  if (/[^a-z0-9-]/.test(name)) {
    throw fail(
      'must consist of lower-case letters, digits and hyphens',
      'Use a-z, 0-9 and "-". Dots are not permitted.',
    )
  }
  if (name.includes('--') && !/^-|-$/.test(name)) {
    throw fail('must not have two hyphens in a row', "Use single hyphens, or pass bucketNames: 'r2' to permit them.")
  }
  throw fail('must start and end with a letter or a digit', 'Remove the hyphen at the start or the end.')
}
