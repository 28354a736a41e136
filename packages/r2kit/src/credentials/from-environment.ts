import type { CredentialProvider } from '../security/index.js'
import {
  environmentField,
  type Fields,
  listOf,
  misspeltVariables,
  objectOf,
  oneOf,
  refuseOption,
} from '../validation/index.js'
import { badCredentials, checkedKeyPair, type Environment, named, noCredentials, variable } from './provider.js'

/** Options of `fromEnvironment`. */
export interface FromEnvironmentOptions {
  /** Variables by name. @defaultValue `process.env`, read at each call */
  readonly environment?: Environment | undefined
  /**
   * Prefixes of the variables, in order of preference: `R2_ACCESS_KEY_ID`, `R2_SECRET_ACCESS_KEY` and `R2_SESSION_TOKEN`; or
   * `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` and `AWS_CREDENTIAL_EXPIRATION`. Values of different prefixes
   * are never combined. @defaultValue ['R2'], because the AWS variables often belong to an AWS account
   */
  readonly prefixes?: readonly ('R2' | 'AWS')[] | undefined
}

const fields: Fields<FromEnvironmentOptions> = {
  environment: environmentField,
  prefixes: listOf(oneOf('R2', 'AWS')),
}
const optionsField = objectOf<FromEnvironmentOptions>('fromEnvironment', fields, { argument: 'options' })

/** The variables of the process; none on platforms without. */
export const processEnvironment = (): Environment => globalThis.process?.env ?? {}

/**
 * A provider that reads the environment.
 *
 * A variable that is set but empty counts as absent. A pair of which one half is absent is an error, not a reason to look at the
 * next prefix.
 *
 * @throws R2Error `InvalidConfig` for an unknown option; the provider throws `InvalidCredentials` naming the variable
 * @example
 * const r2 = new R2Client({ accountId, credentials: fromEnvironment() })
 */
export const fromEnvironment = (given: FromEnvironmentOptions = {}): CredentialProvider => {
  const { environment, prefixes = ['R2'] } = optionsField.read(given, '', refuseOption)
  return named('fromEnvironment', () => {
    const variables = environment ?? processEnvironment()
    for (const prefix of prefixes) {
      const found = keyPairOf(variables, prefix)
      if (found !== undefined) return found
    }
    throw nothingSet(variables, prefixes)
  })
}

const namesOf = (prefix: string) => ({
  accessKeyId: `${prefix}_ACCESS_KEY_ID`,
  secretAccessKey: `${prefix}_SECRET_ACCESS_KEY`,
  sessionToken: `${prefix}_SESSION_TOKEN`,
})

const keyPairOf = (variables: Environment, prefix: 'R2' | 'AWS') => {
  const names = namesOf(prefix)
  const accessKeyId = variable(variables, names.accessKeyId)
  const secretAccessKey = variable(variables, names.secretAccessKey)
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const [set, missing] =
      accessKeyId === undefined
        ? [names.secretAccessKey, names.accessKeyId]
        : [names.accessKeyId, names.secretAccessKey]
    const state = variables[missing] === undefined ? 'not set' : 'empty'
    throw badCredentials(`${set} is set, but ${missing} is ${state}`, `Set ${missing} too, or remove both.`)
  }
  const expiresAt = prefix === 'AWS' ? expiryOf(variables, 'AWS_CREDENTIAL_EXPIRATION') : undefined
  const sessionToken = variable(variables, names.sessionToken)
  for (const [name, meant] of prefix === 'R2' ? misspeltVariables(variables, [names.sessionToken]) : [])
    throw badCredentials(`${name} is unknown; did you mean ${meant}?`, `Rename it to ${meant}.`)
  return checkedKeyPair({ accessKeyId, secretAccessKey, sessionToken, expiresAt }, names)
}

const expiryOf = (variables: Environment, name: string): Date | undefined => {
  const text = variable(variables, name)
  if (text === undefined) return undefined
  const date = new Date(text.trim())
  if (!Number.isNaN(date.getTime())) return date
  throw badCredentials(`${name} must be a date`, 'Write it as 2026-01-31T12:00:00Z.')
}

const nothingSet = (variables: Environment, prefixes: readonly string[]) => {
  const wanted = prefixes.flatMap((prefix) => Object.values(namesOf(prefix)).slice(0, 2))
  const empty = wanted.filter((name) => variables[name] !== undefined)
  const message = `the environment has no ${wanted.join(' and no ')}`
  if (empty.length > 0)
    return noCredentials(message, `${empty.join(' and ')} ${empty.length === 1 ? 'is' : 'are'} set, but empty.`)
  const similar = Object.keys(variables).find((name) => /R2|S3|AWS/i.test(name) && meantBy(name) !== undefined)
  const hint =
    similar === undefined
      ? 'Set both.'
      : `It has ${similar}. Rename it to ${prefixes[0]}_${meantBy(similar)}, and set both.`
  return noCredentials(message, hint)
}

/** The name without prefix that a similar name was meant to be: `S3_SECRET`, `R2_ACCESS_KEY`, `CLOUDFLARE_R2_ACCESS_KEY_ID`. */
const meantBy = (name: string): string | undefined => {
  if (/SECRET/i.test(name)) return 'SECRET_ACCESS_KEY'
  return /ACCESS_?KEY|KEY_?ID/i.test(name) ? 'ACCESS_KEY_ID' : undefined
}
