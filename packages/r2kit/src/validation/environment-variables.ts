/** Environment variables as an input, and those that are misspelt, and so would be ignored. */
import type { Field } from './fields.js'
import { misspeltName } from './nearest-name.js'

/** An object of variables, taken as it is: `process.env` and the `env` of a Worker have accessors. */
export const environmentField: Field<Readonly<Record<string, string | undefined>>> = {
  takes: 'an object of variables',
  read(value, name, refuse) {
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, string | undefined>>
    throw refuse(name, 'must be an object of variables', 'Pass process.env, or the env of a Worker.')
  },
}

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
