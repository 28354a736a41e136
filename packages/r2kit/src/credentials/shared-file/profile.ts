/** Finds a profile in the two shared files, and the credentials in a profile. */
import type { R2Error } from '../../errors/index.js'
import type { CredentialsInput } from '../../security/index.js'
import { nearestName, shown } from '../../validation/index.js'
import { badCredentials, checkedKeyPair, noCredentials } from '../provider.js'
import type { Sections } from './ini.js'

/** A file of profiles. `sections` is undefined where the file does not exist. */
export interface ProfileFile {
  readonly path: string
  readonly sections: Sections | undefined
}

/** The values of a profile, and the files that they are from. */
export interface Profile {
  readonly name: string
  readonly values: Readonly<Record<string, string>>
  readonly paths: readonly string[]
}

/** The section of a profile. The config file names profiles `[profile name]`, except `[default]`; the credentials file `[name]`. */
const credentialsSection = (profile: string) => profile
const configSection = (profile: string) => (profile === 'default' ? profile : `profile.${profile}`)

/**
 * The values of a profile in both files. A value of the credentials file replaces one of the config file.
 *
 * @throws R2Error `InvalidCredentials` naming the files, the profile and the nearest one
 */
export const findProfile = (name: string, credentials: ProfileFile, config: ProfileFile): Profile => {
  const own = credentials.sections?.[credentialsSection(name)]
  // Older files have both `[default]` and `[profile default]`, of which the AWS SDK takes the latter.
  const inherited = config.sections?.[`profile.${name}`] ?? config.sections?.[configSection(name)]
  if (own === undefined && inherited === undefined) throw unknownProfile(name, credentials, config)
  return {
    name,
    values: { ...inherited, ...own },
    paths: [...(own ? [credentials.path] : []), ...(inherited ? [config.path] : [])],
  }
}

const unknownProfile = (name: string, credentials: ProfileFile, config: ProfileFile): R2Error => {
  const files = [credentials, config]
  const existing = files.filter(({ sections }) => sections !== undefined)
  if (existing.length === 0)
    return noCredentials(
      `profile ${shown(name)} was not found: neither ${credentials.path} nor ${config.path} exists`,
      'Create one of them, or set AWS_SHARED_CREDENTIALS_FILE.',
    )
  const message = `profile ${shown(name)} was not found in ${existing.map(({ path }) => path).join(' or ')}`
  if (credentials.sections?.[`profile.${name}`] !== undefined)
    return badCredentials(message, `Write [${name}] instead of [profile ${name}] in ${credentials.path}.`)
  if (name !== 'default' && config.sections?.[name] !== undefined)
    return badCredentials(message, `Write [profile ${name}] instead of [${name}] in ${config.path}.`)
  const known = profileNames(credentials, config)
  const nearest = nearestName(name, known)
  if (nearest !== undefined) return noCredentials(message, `Did you mean ${shown(nearest)}?`)
  return noCredentials(
    message,
    known.length === 0 ? 'No profile is in them.' : `They have ${known.slice(0, 10).map(shown).join(', ')}.`,
  )
}

/** The names of all profiles. */
const profileNames = (credentials: ProfileFile, config: ProfileFile): string[] => {
  const names = new Set(
    Object.keys(credentials.sections ?? {}).filter((name) => !/^(?:sso-session|services)\./.test(name)),
  )
  for (const section of Object.keys(config.sections ?? {})) {
    if (section === 'default') names.add(section)
    else if (section.startsWith('profile.')) names.add(section.slice('profile.'.length))
  }
  return [...names]
}

/** Settings with which the AWS tools obtain credentials in other ways. */
const otherSources = [
  'credential_process',
  'sso_session',
  'sso_start_url',
  'role_arn',
  'web_identity_token_file',
  'login_session',
]

/**
 * The credentials of a profile.
 *
 * @throws R2Error `InvalidCredentials` naming the profile, its files and the missing field
 */
export const credentialsOf = (profile: Profile, refreshAfter: Date | undefined): CredentialsInput => {
  const { values, paths } = profile
  const place = `profile ${shown(profile.name)} in ${paths.join(' and ')}`
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey } = values
  if (accessKeyId === undefined && secretAccessKey === undefined) {
    const other = otherSources.find((name) => values[name] !== undefined)
    if (other !== undefined)
      throw noCredentials(
        `${place} has ${other}, with which R2 credentials cannot be obtained here`,
        'Use a profile with an access key, or pass a function that returns the credentials.',
      )
    throw missing(place, 'neither aws_access_key_id nor aws_secret_access_key', values)
  }
  if (accessKeyId === undefined) throw missing(place, 'aws_secret_access_key, but no aws_access_key_id', values)
  if (secretAccessKey === undefined) throw missing(place, 'aws_access_key_id, but no aws_secret_access_key', values)
  const names = {
    accessKeyId: `aws_access_key_id of ${place}`,
    secretAccessKey: `aws_secret_access_key of ${place}`,
    sessionToken: `aws_session_token of ${place}`,
  }
  const sessionToken = values.aws_session_token
  return checkedKeyPair(
    { accessKeyId, secretAccessKey, sessionToken, expiresAt: expiryOf(values), refreshAfter },
    names,
  )
}

const missing = (place: string, found: string, values: Readonly<Record<string, string>>): R2Error => {
  const wanted = ['aws_access_key_id', 'aws_secret_access_key'].filter((name) => values[name] === undefined)
  const similar = Object.keys(values).find(
    (name) => /key|secret/i.test(name) && nearestName(name, wanted) !== undefined,
  )
  const hint =
    similar === undefined
      ? `Add ${wanted.join(' and ')}.`
      : `It has ${shown(similar)}. Rename it to ${nearestName(similar, wanted)}.`
  return badCredentials(`${place} has ${found}`, hint)
}

/** The expiry that tools for temporary credentials write beside them. The AWS tools ignore it. */
const expiryOf = (values: Readonly<Record<string, string>>): Date | undefined => {
  const text = values.x_security_token_expires ?? values.aws_expiration
  // Without a time zone the text is not a moment.
  if (text === undefined || !/^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)$/.test(text)) return undefined
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? undefined : date
}
