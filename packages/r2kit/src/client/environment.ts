import { R2Error } from '../errors/index.js'
import type { R2ClientOptions } from './options.js'

/** Environment variables by name, such as `process.env` or a Worker's `env`. */
export type Environment = Readonly<Record<string, string | undefined>>

const jurisdictions = ['eu', 'fedramp', 'us'] as const

/**
 * Options from `R2_ACCOUNT_ID` or `R2_ENDPOINT`, `R2_ACCESS_KEY_ID`, `R2_SECRET_ACCESS_KEY`, and where set
 * `R2_SESSION_TOKEN` and `R2_JURISDICTION`.
 *
 * @throws R2Error `InvalidConfig` naming the variable that is missing
 */
export const optionsFromEnvironment = (environment: Environment): R2ClientOptions => {
  const { R2_ACCOUNT_ID, R2_ENDPOINT, R2_SESSION_TOKEN, R2_JURISDICTION } = environment
  if (!R2_ACCOUNT_ID && !R2_ENDPOINT) throw missing('R2_ACCOUNT_ID', 'R2_ACCOUNT_ID (or R2_ENDPOINT)')
  const accessKeyId = required(environment, 'R2_ACCESS_KEY_ID')
  const secretAccessKey = required(environment, 'R2_SECRET_ACCESS_KEY')
  const jurisdiction = jurisdictions.find((name) => name === R2_JURISDICTION)
  if (R2_JURISDICTION && jurisdiction === undefined) {
    throw new R2Error('InvalidConfig', `R2_JURISDICTION must be one of ${jurisdictions.join(', ')}`, {
      field: 'R2_JURISDICTION',
    })
  }
  return {
    credentials: { accessKeyId, secretAccessKey, ...(R2_SESSION_TOKEN ? { sessionToken: R2_SESSION_TOKEN } : {}) },
    ...(R2_ENDPOINT ? { endpoint: R2_ENDPOINT } : {}),
    ...(R2_ACCOUNT_ID ? { accountId: R2_ACCOUNT_ID } : {}),
    ...(jurisdiction === undefined ? {} : { jurisdiction }),
  }
}

const required = (environment: Environment, name: string): string => environment[name] || raise(missing(name, name))

const missing = (field: string, what: string): R2Error =>
  new R2Error('InvalidConfig', `the environment has no ${what}`, {
    field,
    hint: 'Set it, or pass options to new R2Client().',
  })

const raise = (error: R2Error): never => {
  throw error
}
