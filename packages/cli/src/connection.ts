/** Which R2 and as whom: options first, then the environment. */
import { type R2ClientOptions, R2Error } from 'r2kit'
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

type EndpointOptions = Pick<R2ClientOptions, 'endpoint' | 'accountId' | 'jurisdiction' | 'allowInsecureEndpoint'>

const jurisdictions = ['eu', 'fedramp', 'us'] as const

/**
 * The client's options.
 *
 * @throws UsageError where no endpoint can be found, R2Error `InvalidCredentials` where credentials are missing.
 */
export const resolveConnection = (
  options: ConnectionOptions,
  env: Readonly<Record<string, string | undefined>>,
): R2ClientOptions => {
  const accessKeyId = options.accessKeyId ?? filled(env.R2_ACCESS_KEY_ID)
  const secretAccessKey = options.secretAccessKey ?? filled(env.R2_SECRET_ACCESS_KEY)
  const sessionToken = options.sessionToken ?? filled(env.R2_SESSION_TOKEN)
  const where = resolvePlace(options, env)
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = [
      accessKeyId === undefined ? 'R2_ACCESS_KEY_ID' : undefined,
      secretAccessKey === undefined ? 'R2_SECRET_ACCESS_KEY' : undefined,
    ].filter((name) => name !== undefined)
    throw new R2Error('InvalidCredentials', 'Credentials are missing.', { hint: `Set ${missing.join(' and ')}.` })
  }
  return {
    ...where,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    // Whoever writes `--method DELETE` means it.
    presign: { allowedMethods: ['GET', 'PUT', 'HEAD', 'DELETE'] },
  }
}

/** An endpoint says all that an account could; an option says more than the environment. */
const resolvePlace = (
  options: ConnectionOptions,
  env: Readonly<Record<string, string | undefined>>,
): EndpointOptions => {
  const endpoint = options.endpoint ?? (options.accountId === undefined ? filled(env.R2_ENDPOINT) : undefined)
  const accountId = options.accountId ?? filled(env.R2_ACCOUNT_ID)
  if (endpoint !== undefined) {
    return { endpoint, ...(options.allowInsecureEndpoint === true && { allowInsecureEndpoint: true }) }
  }
  if (accountId === undefined) {
    const hint = 'Set R2_ACCOUNT_ID or R2_ENDPOINT (`r2 local` starts one here).'
    throw new UsageError('It is not known which R2 to talk to.', hint)
  }
  const wanted = options.jurisdiction ?? filled(env.R2_JURISDICTION)
  const jurisdiction = jurisdictions.find((known) => known === wanted)
  if (wanted !== undefined && jurisdiction === undefined) {
    throw new UsageError(`"${wanted}" is no jurisdiction of R2.`, `Write one of: ${jurisdictions.join(', ')}.`)
  }
  return { accountId, ...(jurisdiction !== undefined && { jurisdiction }) }
}

/** A variable that is set to nothing is not set: CI systems pass absent secrets on as empty. */
const filled = (value: string | undefined): string | undefined => (value === '' ? undefined : value)
