/** The client of a command, and its errors about options in the terms of the command line. */
import { isR2Error, R2Client, type R2ClientOptions, R2Error } from 'r2kit'
import { nearestName } from 'r2kit/protocol'
import {
  type ConnectionOptions,
  type Environment,
  type KeySettings,
  keyNames,
  keysOf,
  type PlaceSettings,
  placeNames,
  placeOf,
  type Setting,
  type SettingName,
  type Settings,
  variables,
} from './connection-settings.js'
import { metadataBytesMax } from './option-values.js'
import { UsageError } from './usage-error.js'

const jurisdictions = ['eu', 'fedramp', 'us'] as const

/** How long closing connections may take: when the command has ended, no request that is in flight is of use. */
const closeTimeoutMs = 250

/**
 * A client for the options and environment of this run.
 *
 * @throws UsageError which names the option or variable that is missing, wrong or contradicted; R2Error `InvalidCredentials`
 * where credentials are missing
 */
export const openClient = (
  options: ConnectionOptions,
  env: Environment,
  onWarning: (message: string) => void,
): R2Client => {
  const place = placeOf(options, env)
  const keys = keysOf(options, env)
  try {
    return new R2Client({
      ...endpointOptions(place, options.allowInsecureEndpoint === true),
      ...credentials(keys),
      // The command line says what is to be permitted, by name.
      presign: { allowedMethods: ['GET', 'PUT', 'HEAD', 'DELETE'], bucketNames: 'r2' },
      // Every bucket and all metadata that R2 can hold.
      validation: { bucketNames: 'r2', metadataBytesMax },
      connections: { closeTimeoutMs },
      transfers: {
        onWarning: (message, error) => onWarning(error instanceof Error ? `${message}: ${error.message}` : message),
      },
    })
  } catch (error) {
    throw inOurTerms(error, { ...place, ...keys })
  }
}

const endpointOptions = (
  { endpoint, accountId, jurisdiction }: PlaceSettings,
  allowInsecureEndpoint: boolean,
): Pick<R2ClientOptions, 'endpoint' | 'accountId' | 'jurisdiction' | 'allowInsecureEndpoint'> => {
  if (endpoint === undefined && accountId === undefined) {
    throw new UsageError(
      'Neither an account nor an endpoint is given.',
      'Set R2_ACCOUNT_ID or R2_ENDPOINT (`r2 local` starts a server on this machine).',
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
  const hint = nearest === undefined ? 'Leave it out where the bucket has none.' : `Write ${nearest}.`
  throw new UsageError(`${source} must be ${jurisdictions.join(', ')}, but it is ${JSON.stringify(value)}.`, hint)
}

const credentials = ({ accessKeyId, secretAccessKey, sessionToken }: KeySettings) => {
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

const placeName = new RegExp(`^(?:${placeNames.join('|')})\\b`)
const keyName = new RegExp(`\\b(?:credentials\\.)?(?:${keyNames.join('|')})\\b`, 'g')

/** The client's error about an option, with the name of the option or variable that it comes from. */
const inOurTerms = (error: unknown, given: Settings<SettingName>): unknown => {
  const sourceOf = (name: string) => given[name as SettingName]?.source ?? name
  if (isR2Error(error, 'InvalidCredentials'))
    return new R2Error(
      error.code,
      error.message.replace(keyName, (name) => sourceOf(name.replace('credentials.', ''))),
      { hint: error.hint },
    )
  if (!isR2Error(error, 'InvalidConfig')) return error
  const { endpoint } = given
  const message = `${error.message.replace(placeName, sourceOf)}.`
  if (endpoint === undefined) return new UsageError(message, error.hint)
  if (error.field === 'endpoint') return new UsageError(message, endpointHint(endpoint, error))
  if (!message.includes('contradicts the endpoint')) return new UsageError(message, error.hint)
  const other = sourceOf(error.field ?? '')
  return new UsageError(
    `${other} contradicts ${endpoint.source}, which is ${endpoint.value}.`,
    'Leave out one of the two, or make them agree.',
  )
}

/** What to do about an endpoint that the client refuses, by what its message says. */
const endpointHint = ({ value, source }: Setting, { message, hint }: R2Error): string | undefined => {
  if (message.includes('must be a URL'))
    return 'Write https://<account id>.r2.cloudflarestorage.com, or the URL of another server.'
  if (message.includes('is plain HTTP')) return 'Use https, or add --allow-insecure-endpoint if the network is yours.'
  if (message.includes('not the host of an account'))
    return 'Write https://<account id>.r2.cloudflarestorage.com, or set R2_ACCOUNT_ID instead.'
  if (message.includes('contains credentials')) return 'Set R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY instead.'
  if (!message.includes('has the path')) return hint
  // Cloudflare's dashboard shows the endpoint of a bucket, with its name as the path.
  const { origin, pathname } = new URL(value)
  const bucket = pathname.split('/').find((segment) => segment !== '')
  return `Set ${source} to ${origin}, and name the bucket in each address: r2://${bucket}/key.`
}
