import { homeFolder, readTextFile } from '#credential-files'
import { systemClock } from '../../base/clock.js'
import { isR2Error } from '../../errors/index.js'
import type { CredentialContext, CredentialProvider } from '../../security/index.js'
import { duration, environmentField, type Fields, objectOf, refuseOption, text } from '../../validation/index.js'
import { path } from '../../validation/path-field.js'
import { processEnvironment } from '../from-environment.js'
import { badCredentials, type Environment, named, variable } from '../provider.js'
import { parseIni } from './ini.js'
import { credentialsOf, findProfile, type ProfileFile } from './profile.js'

/** Options of `fromSharedCredentialsFile`. */
export interface FromSharedCredentialsFileOptions {
  /** Name of the profile. @defaultValue `AWS_PROFILE`, else `default` */
  readonly profile?: string | undefined
  /** Path of the credentials file. `~/` is the home folder. @defaultValue `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials` */
  readonly credentialsFile?: string | undefined
  /** Path of the config file. @defaultValue `AWS_CONFIG_FILE`, else `~/.aws/config` */
  readonly configFile?: string | undefined
  /** Variables by name. @defaultValue `process.env`, read at each call */
  readonly environment?: Environment | undefined
  /** Time after which the files are read again, in milliseconds, because tools rotate keys in them. @defaultValue 300_000, five minutes */
  readonly reloadAfterMs?: number | undefined
}

const fields: Fields<FromSharedCredentialsFileOptions> = {
  profile: text,
  credentialsFile: path,
  configFile: path,
  environment: environmentField,
  reloadAfterMs: duration,
}
const optionsField = objectOf<FromSharedCredentialsFileOptions>('fromSharedCredentialsFile', fields, {
  argument: 'options',
})

/**
 * A provider that reads the shared files of the AWS tools: `aws_access_key_id`, `aws_secret_access_key` and `aws_session_token` of
 * a profile in `~/.aws/credentials` or `~/.aws/config`. Node, Bun and Deno only.
 *
 * It reads exactly what the AWS SDK for JavaScript reads, and an expiry that other tools write (`x_security_token_expires`,
 * `aws_expiration`). It does not assume roles, sign in, or run programs.
 *
 * @throws R2Error `InvalidConfig` for an unknown option; the provider throws `InvalidCredentials` naming file and profile
 * @example
 * const r2 = new R2Client({ accountId, credentials: fromSharedCredentialsFile({ profile: 'r2' }) })
 */
export const fromSharedCredentialsFile = (given: FromSharedCredentialsFileOptions = {}): CredentialProvider => {
  const options = optionsField.read(given, '', refuseOption)
  const { reloadAfterMs = 300_000 } = options
  return named('fromSharedCredentialsFile', async (context) => {
    const variables = options.environment ?? processEnvironment()
    const name = options.profile ?? variable(variables, 'AWS_PROFILE') ?? 'default'
    const [credentials, config] = await Promise.all([
      profileFile(
        options.credentialsFile ?? variable(variables, 'AWS_SHARED_CREDENTIALS_FILE'),
        'credentials',
        variables,
        context,
      ),
      profileFile(options.configFile ?? variable(variables, 'AWS_CONFIG_FILE'), 'config', variables, context),
    ])
    const reloadAtMs = (context?.clock ?? systemClock).now() + reloadAfterMs
    return credentialsOf(
      findProfile(name, credentials, config),
      Number.isFinite(reloadAtMs) ? new Date(reloadAtMs) : undefined,
    )
  })
}

const profileFile = async (
  given: string | undefined,
  name: string,
  variables: Environment,
  context: CredentialContext | undefined,
): Promise<ProfileFile> => {
  const path = given ? withHome(given, variables) : `${home(variables)}/.aws/${name}`
  try {
    const text = await readTextFile(path, context?.signal)
    return { path, sections: text === undefined ? undefined : parseIni(text) }
  } catch (cause) {
    if (isR2Error(cause)) throw cause
    const { code } = cause as { readonly code?: string }
    const reason = code === 'EISDIR' ? 'it is a folder' : code === 'EACCES' ? 'permission denied' : 'reading failed'
    throw badCredentials(`the file ${path} could not be read: ${reason}`, 'Check its path and permissions.', cause)
  }
}

const withHome = (path: string, variables: Environment): string =>
  path.startsWith('~/') ? home(variables) + path.slice(1) : path

/** As the AWS tools find it. */
const home = (variables: Environment): string =>
  variable(variables, 'HOME') ?? variable(variables, 'USERPROFILE') ?? homeFolder()
