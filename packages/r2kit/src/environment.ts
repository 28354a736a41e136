import { jurisdictions } from './base/r2-host.js'
import type { R2ClientOptions } from './client-options.js'
import { environmentField, misspeltVariables, oneOf, refuseOption } from './validation/index.js'

/** Environment variables by name: `process.env`, or the `env` of a Worker. */
export type Environment = Readonly<Record<string, string | undefined>>

const names = [
  'R2_ACCOUNT_ID',
  'R2_ENDPOINT',
  'R2_ACCESS_KEY_ID',
  'R2_SECRET_ACCESS_KEY',
  'R2_SESSION_TOKEN',
  'R2_JURISDICTION',
  'R2_ALLOW_INSECURE_ENDPOINT',
]
const jurisdictionVariable = oneOf(...jurisdictions)
const flagVariable = oneOf('true', 'false')

/**
 * Reads options from `R2_ACCOUNT_ID` or `R2_ENDPOINT`, `R2_ACCESS_KEY_ID`, `R2_SECRET_ACCESS_KEY`, and optionally
 * `R2_SESSION_TOKEN`, `R2_JURISDICTION` and `R2_ALLOW_INSECURE_ENDPOINT` (`true` or `false`). An empty variable counts as absent.
 *
 * @throws R2Error `InvalidConfig` naming the variable that is missing, wrong or misspelt
 */
export const optionsFromEnvironment = (environment: Environment): R2ClientOptions => {
  environmentField.read(environment, 'environment', refuseOption)
  for (const [name, meant] of misspeltVariables(environment, names))
    throw refuseOption(name, `is unknown; did you mean ${meant}?`, `Rename it to ${meant}.`)
  const endpoint = variable(environment, 'R2_ENDPOINT')
  const accountId =
    endpoint === undefined
      ? requiredVariable(environment, 'R2_ACCOUNT_ID', 'R2_ACCOUNT_ID (or R2_ENDPOINT)')
      : variable(environment, 'R2_ACCOUNT_ID')
  const accessKeyId = requiredVariable(environment, 'R2_ACCESS_KEY_ID')
  const secretAccessKey = requiredVariable(environment, 'R2_SECRET_ACCESS_KEY')
  const sessionToken = variable(environment, 'R2_SESSION_TOKEN')
  const jurisdiction = variable(environment, 'R2_JURISDICTION')
  const allowInsecure = variable(environment, 'R2_ALLOW_INSECURE_ENDPOINT')
  return {
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(accountId === undefined ? {} : { accountId }),
    ...(jurisdiction === undefined
      ? {}
      : { jurisdiction: jurisdictionVariable.read(jurisdiction, 'R2_JURISDICTION', refuseOption) }),
    ...(allowInsecure === undefined
      ? {}
      : {
          allowInsecureEndpoint:
            flagVariable.read(allowInsecure, 'R2_ALLOW_INSECURE_ENDPOINT', refuseOption) === 'true',
        }),
    // One of the two is given: the account is required without an endpoint.
  } as R2ClientOptions
}

const variable = (environment: Environment, name: string): string | undefined => {
  const value = variableOf(environment, name)
  if (value === undefined || value === '') return undefined
  if (typeof value === 'string') return value
  throw refuseOption(name, 'must be a string', 'Environment variables are strings.')
}

/** A platform may deny access to a variable, by a getter or Proxy that throws. */
const variableOf = (environment: Environment, name: string): unknown => {
  try {
    return environment[name]
  } catch (cause) {
    throw refuseOption(name, 'could not be read', 'Pass its value.', cause)
  }
}

/** @param names the variables that would do, for the error */
const requiredVariable = (environment: Environment, name: string, names = name): string => {
  const value = variable(environment, name)
  if (value !== undefined) return value
  throw refuseOption(name, `is missing: the environment has no ${names}`, 'Set it, or pass options to new R2Client().')
}
