/** Finds the environment variables of this package that are misspelt, and so would be ignored. */
import { misspeltName } from './nearest-name.js'

/**
 * Variables with a value whose names differ from a known one in one letter, in two letters that changed places, or in case and
 * punctuation. Others belong to other programs, and so does every one beside the variable that it resembles.
 *
 * @returns each with the name that was meant
 */
export const misspeltVariables = (
  environment: Readonly<Record<string, unknown>>,
  known: readonly string[],
): readonly [string, string][] => {
  const found: [string, string][] = []
  try {
    for (const name of Object.keys(environment)) {
      const meant = /^r2/i.test(name) && !known.includes(name) ? misspeltName(name, known) : undefined
      if (meant !== undefined && environment[name] && !Object.hasOwn(environment, meant)) found.push([name, meant])
    }
  } catch {
    // A platform may refuse to list variables, and deny access to one by a getter that throws.
  }
  return found
}
