/**
 * Endpoint and credentials, each with the option or environment variable that set it. The command line takes precedence over the
 * environment.
 */
import { UsageError } from '../errors/error-kinds.js'

/** Options of the command line for endpoint and credentials. */
export interface ConnectionOptions {
  readonly endpoint?: string
  readonly accountId?: string
  readonly jurisdiction?: string
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  readonly sessionToken?: string
  readonly allowInsecureEndpoint?: boolean
}

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A value and its source. */
export interface Setting {
  readonly value: string
  /** The source as errors name it: `--endpoint`, or `R2_ENDPOINT in the environment`. */
  readonly source: string
}

/** The settings that are present, by name. */
export type Settings<Name extends string> = Readonly<Partial<Record<Name, Setting>>>

/** Names of the settings that select the endpoint. */
export const endpointNames = ['endpoint', 'accountId', 'jurisdiction'] as const
/** Names of the settings that are credentials. */
export const credentialNames = ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const
/** Name of any setting. */
export type SettingName = (typeof endpointNames)[number] | (typeof credentialNames)[number]

/** The settings that select the endpoint. */
export type EndpointSettings = Settings<(typeof endpointNames)[number]>
/** The settings that are credentials. */
export type CredentialSettings = Settings<(typeof credentialNames)[number]>

/** The option of the command line of each setting. */
export const flags: Readonly<Record<SettingName, string>> = {
  endpoint: '--endpoint',
  accountId: '--account-id',
  jurisdiction: '--jurisdiction',
  accessKeyId: '--access-key-id',
  secretAccessKey: '--secret-access-key',
  sessionToken: '--session-token',
}

/** The environment variable of each setting. */
export const variables: Readonly<Record<SettingName, string>> = {
  endpoint: 'R2_ENDPOINT',
  accountId: 'R2_ACCOUNT_ID',
  jurisdiction: 'R2_JURISDICTION',
  accessKeyId: 'R2_ACCESS_KEY_ID',
  secretAccessKey: 'R2_SECRET_ACCESS_KEY',
  sessionToken: 'R2_SESSION_TOKEN',
}

/**
 * Resolves endpoint, account and jurisdiction. `--endpoint` or `--account-id` replaces all three variables of the environment, so
 * that settings for different accounts are never mixed. `--jurisdiction` alone applies to the account in the environment.
 */
export const resolveEndpoint = (options: ConnectionOptions, env: Environment): EndpointSettings => {
  const given = fromOptions(endpointNames, options)
  const replacesEnvironment = given.endpoint !== undefined || given.accountId !== undefined
  return replacesEnvironment ? given : { ...fromEnvironment(endpointNames, env), ...given }
}

/**
 * Resolves the credentials. An access key ID on the command line may have its secret in the environment, because other users can
 * read command lines. It may not if the environment also has an access key ID: then that secret and token belong to another key.
 *
 * @throws UsageError if the secret of the access key ID is missing for that reason
 */
export const resolveCredentials = (options: ConnectionOptions, env: Environment): CredentialSettings => {
  const given = fromOptions(credentialNames, options)
  const inherited = fromEnvironment(credentialNames, env)
  const { accessKeyId } = given
  if (accessKeyId === undefined || accessKeyId.value === inherited.accessKeyId?.value) return { ...inherited, ...given }
  if (given.secretAccessKey !== undefined) return given
  if (inherited.accessKeyId === undefined) return { ...inherited, ...given }
  throw new UsageError(
    `${accessKeyId.source} and ${inherited.accessKeyId.source} are different keys, and the secret in the environment belongs to the latter.`,
    `Leave out ${accessKeyId.source}, or set R2_ACCESS_KEY_ID to it and R2_SECRET_ACCESS_KEY to its secret.`,
  )
}

const fromOptions = <Name extends SettingName>(names: readonly Name[], options: ConnectionOptions): Settings<Name> =>
  settings(names, (name) => {
    const value = options[name]
    if (value === '') throw new UsageError(`${flags[name]} is empty.`, 'Set a value, or leave out the option.')
    return value === undefined ? undefined : { value, source: flags[name] }
  })

/** An empty variable counts as unset, because CI systems set absent secrets to an empty value. */
const fromEnvironment = <Name extends SettingName>(names: readonly Name[], env: Environment): Settings<Name> =>
  settings(names, (name) => {
    const value = env[variables[name]]
    return value === undefined || value === '' ? undefined : { value, source: `${variables[name]} in the environment` }
  })

const settings = <Name extends SettingName>(
  names: readonly Name[],
  read: (name: Name) => Setting | undefined,
): Settings<Name> => {
  const found: Partial<Record<Name, Setting>> = {}
  for (const name of names) {
    const setting = read(name)
    if (setting !== undefined) found[name] = setting
  }
  return found
}
