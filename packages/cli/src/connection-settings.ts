/** Which R2, and as whom, with the name of the option or variable that says so: the command line first, then the environment. */
import { UsageError } from './usage-error.js'

export interface ConnectionOptions {
  readonly endpoint?: string
  readonly accountId?: string
  readonly jurisdiction?: string
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  readonly sessionToken?: string
  readonly allowInsecureEndpoint?: boolean
}

export type Environment = Readonly<Record<string, string | undefined>>

/** A value, and what to call it in an error. */
export interface Setting {
  readonly value: string
  /** `--endpoint`, or `R2_ENDPOINT in the environment`. */
  readonly source: string
}

export type Settings<Name extends string> = Readonly<Partial<Record<Name, Setting>>>

export const placeNames = ['endpoint', 'accountId', 'jurisdiction'] as const
export const keyNames = ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const
export type SettingName = (typeof placeNames)[number] | (typeof keyNames)[number]

export type PlaceSettings = Settings<(typeof placeNames)[number]>
export type KeySettings = Settings<(typeof keyNames)[number]>

const flags: Readonly<Record<SettingName, string>> = {
  endpoint: '--endpoint',
  accountId: '--account-id',
  jurisdiction: '--jurisdiction',
  accessKeyId: '--access-key-id',
  secretAccessKey: '--secret-access-key',
  sessionToken: '--session-token',
}

export const variables: Readonly<Record<SettingName, string>> = {
  endpoint: 'R2_ENDPOINT',
  accountId: 'R2_ACCOUNT_ID',
  jurisdiction: 'R2_JURISDICTION',
  accessKeyId: 'R2_ACCESS_KEY_ID',
  secretAccessKey: 'R2_SECRET_ACCESS_KEY',
  sessionToken: 'R2_SESSION_TOKEN',
}

/**
 * Endpoint, account and jurisdiction belong together: `--endpoint` or `--account-id` replaces all three of the environment, so
 * that no part of another place is mixed in. `--jurisdiction` alone chooses one for the account of the environment.
 */
export const placeOf = (options: ConnectionOptions, env: Environment): PlaceSettings => {
  const given = fromOptions(placeNames, options)
  const isWhole = given.endpoint !== undefined || given.accountId !== undefined
  return isWhole ? given : { ...fromEnvironment(placeNames, env), ...given }
}

/**
 * An id on the command line and its secret in the environment are a pair, as command lines are visible to others. Where the
 * environment has a pair of its own, its secret and its token are for that.
 */
export const keysOf = (options: ConnectionOptions, env: Environment): KeySettings => {
  const given = fromOptions(keyNames, options)
  const there = fromEnvironment(keyNames, env)
  const { accessKeyId } = given
  if (accessKeyId === undefined || accessKeyId.value === there.accessKeyId?.value) return { ...there, ...given }
  if (given.secretAccessKey !== undefined) return given
  if (there.accessKeyId === undefined) return { ...there, ...given }
  throw new UsageError(
    `${accessKeyId.source} and ${there.accessKeyId.source} are different keys, and the secret in the environment is for the latter.`,
    `Leave out ${accessKeyId.source}, or set R2_ACCESS_KEY_ID to it and R2_SECRET_ACCESS_KEY to its secret.`,
  )
}

const fromOptions = <Name extends SettingName>(names: readonly Name[], options: ConnectionOptions): Settings<Name> =>
  settings(names, (name) => {
    const value = options[name]
    if (value === '') throw new UsageError(`${flags[name]} is empty.`, 'Give it a value, or leave it out.')
    return value === undefined ? undefined : { value, source: flags[name] }
  })

/** A variable that is set to nothing is not set: CI systems pass absent secrets on as empty. */
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
