/** Creates the client of a command, and translates its errors into the terms of the command line. */
import { type CredentialsInput, type Integrity, isR2Error, R2Client, type R2ClientOptions, R2Error } from 'r2kit'
import { createDefaultTransport, nearestName, type SigningCredentials, systemClock } from 'r2kit/protocol'
import { metadataBytesMax } from '../arguments/option-values.js'
import { UsageError } from '../errors/error-kinds.js'
import type { ConfigurationOptions } from './configuration.js'
import {
  type ConnectionOptions,
  type CredentialSettings,
  credentialNames,
  type EndpointSettings,
  type Environment,
  endpointNames,
  resolveCredentials,
  resolveEndpoint,
  type Setting,
  type SettingName,
  type Settings,
  variables,
} from './settings.js'

const jurisdictions = ['eu', 'fedramp', 'us'] as const

/** Short, because no request that is still in flight is needed when the command has ended. */
const closeTimeoutMs = 250

/**
 * A client for the options and environment of this run.
 *
 * @param onWarning called for problems that do not fail the command
 * @param integrity the check of uploads and downloads. @defaultValue that of the configuration
 * @throws UsageError naming the option or variable that is missing, invalid or contradictory; R2Error `InvalidCredentials` if
 *   credentials are missing or malformed
 */
export const openClient = async (
  options: ConfigurationOptions,
  env: Environment,
  onWarning: (message: string) => void,
  integrity?: Integrity,
): Promise<R2Client> => {
  if (needsConfiguration(options, env)) {
    const { loadConfiguration } = await import('./configuration.js')
    return new R2Client(withDefaults(await loadConfiguration(options, env), onWarning, integrity))
  }
  const endpoint = resolveEndpoint(options, env)
  const credentials = resolveCredentials(options, env)
  try {
    const given = {
      ...endpointOptions(endpoint, options.allowInsecureEndpoint === true || isInsecureEndpointAllowed(env)),
      ...credentialOptions(credentials),
      // With an account or an endpoint: `endpointOptions` requires one.
    } as R2ClientOptions
    return new R2Client(withDefaults(given, onWarning, integrity))
  } catch (error) {
    throw translateError(error, { ...endpoint, ...credentials })
  }
}

/** The defaults of the command, which differ from those of the library. */
const withDefaults = (
  options: R2ClientOptions,
  onWarning: (message: string) => void,
  integrity: Integrity | undefined,
): R2ClientOptions => {
  const connections = { closeTimeoutMs, ...options.connections }
  return {
    // A configuration may have one of its own: that of a simulation.
    transport: () => createDefaultTransport({ connections, clock: systemClock, isShortLived: true }),
    ...options,
    ...(integrity !== undefined && { integrity }),
    // The user names the method and the lifetime of each URL on the command line.
    presign: {
      allowedMethods: ['GET', 'PUT', 'HEAD', 'DELETE'],
      bucketNames: 'r2',
      minExpirationSeconds: 1,
      ...options.presign,
    },
    // The command accepts every bucket name and all metadata that R2 accepts.
    validation: { bucketNames: 'r2', metadataBytesMax, ...options.validation },
    connections,
    transfers: {
      ...options.transfers,
      onWarning: (message, error) => onWarning(error instanceof Error ? `${message}: ${error.message}` : message),
    },
  } as R2ClientOptions
}

/** Variables that only the loader of configurations reads. */
export const configurationVariable =
  /^R2_(?:CONFIG$|PROFILE$|REGION$|INTEGRITY$|ADDRESSING$|CREDENTIALS_|TIMEOUTS_|MULTIPART_|TRANSFERS_|CONNECTION_POOL_|RESILIENCE_|SIMULATION_|VALIDATION_|PRESIGN_)/

/** Whether this run has settings beside endpoint and credentials. Others do not load the loader, which takes time. */
const needsConfiguration = ({ config, profile }: ConfigurationOptions, env: Environment): boolean =>
  config !== undefined ||
  profile !== undefined ||
  Object.keys(env).some((name) => configurationVariable.test(name) && env[name] !== '' && env[name] !== undefined)

const insecureVariable = 'R2_ALLOW_INSECURE_ENDPOINT'

const isInsecureEndpointAllowed = ({ [insecureVariable]: value = '' }: Environment): boolean => {
  if (value === 'true' || value === 'false' || value === '') return value === 'true'
  throw new UsageError(
    `${insecureVariable} in the environment must be true or false, but it is ${JSON.stringify(value)}.`,
    'Write true to permit plain HTTP to another machine.',
  )
}

const endpointOptions = (
  { endpoint, accountId, jurisdiction }: EndpointSettings,
  allowInsecureEndpoint: boolean,
): Pick<R2ClientOptions, 'endpoint' | 'accountId' | 'jurisdiction' | 'allowInsecureEndpoint'> => {
  if (endpoint === undefined && accountId === undefined) {
    throw new UsageError(
      'Neither an account nor an endpoint is set.',
      'Set R2_ACCOUNT_ID or R2_ENDPOINT (r2 local starts a server on this machine).',
    )
  }
  return {
    ...(endpoint !== undefined && { endpoint: endpoint.value }),
    ...(accountId !== undefined && { accountId: accountId.value }),
    ...(jurisdiction !== undefined && { jurisdiction: jurisdictionOf(jurisdiction) }),
    ...(allowInsecureEndpoint && { allowInsecureEndpoint }),
  }
}

const jurisdictionOf = ({ value, source }: Setting): (typeof jurisdictions)[number] => {
  const jurisdiction = jurisdictions.find((known) => known === value)
  if (jurisdiction !== undefined) return jurisdiction
  const nearest = nearestName(value, jurisdictions)
  const hint = nearest === undefined ? 'Leave it out for buckets without a jurisdiction.' : `Write ${nearest}.`
  throw new UsageError(
    `${source} must be one of ${jurisdictions.join(', ')}, but it is ${JSON.stringify(value)}.`,
    hint,
  )
}

/** The credentials for the options and environment of this run. @throws R2Error `InvalidCredentials` if they are missing */
export const openCredentials = (options: ConnectionOptions, env: Environment): SigningCredentials =>
  credentialOptions(resolveCredentials(options, env)).credentials

/** As `openCredentials`, from the configuration too; undefined if there are none. @throws UsageError for a wrong configuration */
export const knownCredentials = async (
  options: ConfigurationOptions,
  env: Environment,
): Promise<CredentialsInput | undefined> => {
  if (needsConfiguration(options, env)) {
    const { loadConfiguration } = await import('./configuration.js')
    const { credentials } = await loadConfiguration(options, env)
    return typeof credentials === 'function' ? credentials() : credentials
  }
  try {
    return openCredentials(options, env)
  } catch {
    return undefined
  }
}

const credentialOptions = ({ accessKeyId, secretAccessKey, sessionToken }: CredentialSettings) => {
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return {
      credentials: {
        accessKeyId: accessKeyId.value,
        secretAccessKey: secretAccessKey.value,
        ...(sessionToken !== undefined && { sessionToken: sessionToken.value }),
      },
    }
  }
  const missing = [
    ...(accessKeyId === undefined ? [variables.accessKeyId] : []),
    ...(secretAccessKey === undefined ? [variables.secretAccessKey] : []),
  ]
  throw new R2Error('InvalidCredentials', 'Credentials are missing.', { hint: `Set ${missing.join(' and ')}.` })
}

const endpointName = new RegExp(`^(?:${endpointNames.join('|')})\\b`)
const credentialName = new RegExp(`\\b(?:credentials\\.)?(?:${credentialNames.join('|')})\\b`, 'g')

/** Replaces the client's field names in an error by the option or variable that set the field. */
const translateError = (error: unknown, given: Settings<SettingName>): unknown => {
  const sourceOf = (name: string) => given[name as SettingName]?.source ?? name
  if (isR2Error(error, 'InvalidCredentials'))
    return new R2Error(
      error.code,
      error.message.replace(credentialName, (name) => sourceOf(name.replace('credentials.', ''))),
      { hint: error.hint },
    )
  if (!isR2Error(error, 'InvalidConfig')) return error
  const { endpoint } = given
  const message = `${error.message.replace(endpointName, sourceOf)}.`
  if (endpoint === undefined) return new UsageError(message, error.hint)
  if (error.field === 'endpoint') return new UsageError(message, endpointHint(endpoint, error))
  if (!message.includes('contradicts the endpoint')) return new UsageError(message, error.hint)
  const other = sourceOf(error.field ?? '')
  return new UsageError(
    `${other} contradicts ${endpoint.source}, which is ${endpoint.value}.`,
    'Leave out one of the two, or make them agree.',
  )
}

/** The hint for an endpoint that the client rejects. The client has one error code for all cases, so the message decides. */
const endpointHint = ({ value, source }: Setting, { message, hint }: R2Error): string | undefined => {
  if (message.includes('must be a URL'))
    return 'Write https://<account id>.r2.cloudflarestorage.com, or the URL of another server.'
  if (message.includes('is plain HTTP'))
    return 'Use https. If you trust the network, add --allow-insecure-endpoint or set R2_ALLOW_INSECURE_ENDPOINT=true.'
  if (message.includes('not the host of an account'))
    return 'Write https://<account id>.r2.cloudflarestorage.com, or set R2_ACCOUNT_ID instead.'
  if (message.includes('contains credentials')) return 'Set R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY instead.'
  if (!message.includes('has the path')) return hint
  // Cloudflare's dashboard shows the endpoint of a bucket with the bucket name as the path.
  const { origin, pathname } = new URL(value)
  const bucket = pathname.split('/').find((segment) => segment !== '')
  return `Set ${source} to ${origin}, and put the bucket in each address: r2://${bucket}/key.`
}
