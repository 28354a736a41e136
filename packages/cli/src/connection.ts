/** Which R2 and as whom: options first, then the environment. */
import { type R2Client, R2Error } from 'r2kit'
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

type ClientOptions = ConstructorParameters<typeof R2Client>[0]

const jurisdictions = ['eu', 'fedramp'] as const

/**
 * The client's options.
 *
 * @throws UsageError where no endpoint can be found, R2Error `InvalidCredentials` where credentials are missing.
 */
export const resolveConnection = (
  options: ConnectionOptions,
  env: Readonly<Record<string, string | undefined>>,
): ClientOptions => {
  const endpoint = options.endpoint ?? filled(env.R2_ENDPOINT)
  const accountId = options.accountId ?? filled(env.R2_ACCOUNT_ID)
  const accessKeyId = options.accessKeyId ?? filled(env.R2_ACCESS_KEY_ID)
  const secretAccessKey = options.secretAccessKey ?? filled(env.R2_SECRET_ACCESS_KEY)
  const sessionToken = options.sessionToken ?? filled(env.R2_SESSION_TOKEN)
  if (endpoint === undefined && accountId === undefined) {
    throw new UsageError(
      'It is not known which R2 to talk to.',
      'Set R2_ACCOUNT_ID or R2_ENDPOINT (`r2 local` starts one here).',
    )
  }
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = [
      accessKeyId === undefined ? 'R2_ACCESS_KEY_ID' : undefined,
      secretAccessKey === undefined ? 'R2_SECRET_ACCESS_KEY' : undefined,
    ].filter((name) => name !== undefined)
    throw new R2Error('InvalidCredentials', 'Credentials are missing.', { hint: `Set ${missing.join(' and ')}.` })
  }
  const jurisdiction = jurisdictions.find((known) => known === options.jurisdiction)
  if (options.jurisdiction !== undefined && jurisdiction === undefined) {
    throw new UsageError(
      `"${options.jurisdiction}" is no jurisdiction of R2.`,
      `Write one of: ${jurisdictions.join(', ')}.`,
    )
  }
  return {
    // An endpoint says all that an account and a jurisdiction could.
    ...(endpoint === undefined ? { accountId, ...(jurisdiction && { jurisdiction }) } : { endpoint }),
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    ...(options.allowInsecureEndpoint === true && { allowInsecureEndpoint: true }),
  }
}

/** A variable that is set to nothing is not set: CI systems pass absent secrets on as empty. */
const filled = (value: string | undefined): string | undefined => (value === '' ? undefined : value)
