import { checkText, invalidInput, type ValidationRules } from './rules.js'

const allowed = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/
const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/

/**
 * Checks a bucket's name: 3 to 63 lower-case letters, digits and hyphens, a letter or digit at both ends. It has no place
 * for `/` or `.`, so that no name leads out of its bucket's path.
 *
 * @throws R2Error `InvalidInput`
 */
export const checkBucketName = (name: string, rules: ValidationRules = {}, field = 'bucket'): void => {
  // Before the pattern, which would take `undefined` for a name of nine letters.
  checkText(name, field)
  if (allowed.test(name) && (rules.bucketNames === 'r2' || !name.includes('--'))) return
  const fail = (rule: string, hint: string) => invalidInput(field, rule, name, hint)
  if (name.length < 3 || name.length > 63)
    throw fail('must have 3 to 63 characters', 'Choose a name of 3 to 63 characters.')
  if (ipv4.test(name)) throw fail('must not be an IPv4 address', 'Choose a name with letters and hyphens.')
  if (/[^a-z0-9-]/.test(name)) {
    throw fail('may only have lower-case letters, digits and hyphens', 'Use a-z, 0-9 and "-"; a dot is not allowed.')
  }
  if (name.includes('--') && !/^-|-$/.test(name)) {
    throw fail('must not have two hyphens in a row', "Use single hyphens, or pass bucketNames: 'r2' to allow them.")
  }
  throw fail('must start and end with a letter or a digit', 'Remove the hyphen at the start or the end.')
}
