import { systemClock } from '../../base/clock.js'
import { isAccountId } from '../../base/r2-host.js'
import { isR2Error, R2Error } from '../../errors/index.js'
import { type CredentialProvider, type CredentialsInput, isSecret, revealSecret, Secret } from '../../security/index.js'
import { anything, checkBucketName, duration, objectOf, refuseOption, required, text } from '../../validation/index.js'
import { JsonExchange, type JsonResponse, member, quoted } from '../json-exchange.js'
import { checkedKeyPair, named } from '../provider.js'
import { defaultScope, defaultTtlSeconds, permissionFields, type TemporaryPermissions } from './scope.js'

/** Options of `fromTemporaryCredentialsApi`. */
export interface FromTemporaryCredentialsApiOptions extends TemporaryPermissions {
  /** ID of the account, 32 hex characters. */
  readonly accountId: string
  /** Cloudflare API token that may make the credentials: the value of the R2 API token, not its secret access key. */
  readonly apiToken: string | Secret
  /** Access key ID of the R2 API token from which the credentials derive. */
  readonly parentAccessKeyId: string
  /** Base URL of the Cloudflare API. @defaultValue 'https://api.cloudflare.com/client/v4' */
  readonly apiUrl?: string | undefined
  /** Time limit of each request, in milliseconds. @defaultValue 10_000 */
  readonly timeoutMs?: number | undefined
}

const optionsField = objectOf<FromTemporaryCredentialsApiOptions>(
  'fromTemporaryCredentialsApi',
  {
    ...permissionFields,
    accountId: required(text),
    // Checked below, without showing it.
    apiToken: required(anything('a string or a Secret')),
    parentAccessKeyId: required(text),
    apiUrl: text,
    timeoutMs: duration,
  },
  { argument: 'options' },
)

/**
 * A provider that gets temporary credentials from Cloudflare's API, and new ones before they expire. For a process that has an API
 * token but no secret access key; `fromParentKey` makes the same credentials without a request.
 *
 * @see https://developers.cloudflare.com/api/resources/r2/subresources/temporary_credentials/methods/create/
 * @throws R2Error `InvalidConfig` or `InvalidInput` naming the option; the provider throws `InvalidCredentials` with the reason
 * @example
 * const credentials = fromTemporaryCredentialsApi({ accountId, apiToken, parentAccessKeyId, bucket: 'photos' })
 */
export const fromTemporaryCredentialsApi = (given: FromTemporaryCredentialsApiOptions): CredentialProvider => {
  const options = optionsField.read(given, '', refuseOption)
  const { accountId, bucket, parentAccessKeyId, prefixes, objects, scope = defaultScope } = options
  const { ttlSeconds = defaultTtlSeconds, timeoutMs = 10_000 } = options
  if (!isAccountId(accountId))
    throw refuseOption('accountId', 'must be 32 hex characters', 'Copy it from the R2 page of the dashboard.')
  checkBucketName(bucket, { bucketNames: 'r2' })
  const token = apiTokenOf(options.apiToken)
  const { origin, basePath } = apiOf(options.apiUrl)
  const body = {
    bucket,
    parentAccessKeyId,
    permission: scope,
    ttlSeconds,
    ...(prefixes && { prefixes }),
    ...(objects && { objects }),
  }
  return named('fromTemporaryCredentialsApi', async (context) => {
    const clock = context?.clock ?? systemClock
    const exchange = new JsonExchange({ origin, basePath, ca: undefined, timeoutMs, clock, signal: context?.signal })
    // Their life begins after this moment.
    const expiresAt = new Date(clock.now() + ttlSeconds * 1000)
    try {
      const response = await exchange.send(
        {
          method: 'POST',
          path: `/accounts/${accountId}/r2/temp-access-credentials`,
          headers: { authorization: `Bearer ${revealSecret(token)}` },
          body,
        },
        (status) => status === 429 || status >= 500,
      )
      return resultOf(response, token, expiresAt)
    } catch (cause) {
      if (!isR2Error(cause) || cause.code === 'InvalidCredentials') throw cause
      throw failed(cause.message, cause.hint, { cause })
    } finally {
      await exchange.close()
    }
  })
}

const apiTokenOf = (given: unknown): Secret => {
  const plain = isSecret(given) ? revealSecret(given) : given
  const trimmed = typeof plain === 'string' ? plain.trim() : ''
  if (/^[!-~]+$/.test(trimmed)) return new Secret(trimmed)
  throw refuseOption('apiToken', 'must be printable ASCII without spaces, and not empty', 'Check how it was copied.')
}

const apiOf = (apiUrl = 'https://api.cloudflare.com/client/v4') => {
  const url = URL.canParse(apiUrl) ? new URL(apiUrl) : undefined
  const isLoopback = url !== undefined && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (url !== undefined && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)))
    return { origin: url.origin, basePath: url.pathname.replace(/\/+$/, '') }
  throw refuseOption('apiUrl', 'must be an https URL', 'Omit it: the default is the API of Cloudflare.')
}

const failed = (reason: string, hint: string | undefined, context: { status?: number; cause?: unknown } = {}) =>
  new R2Error('InvalidCredentials', `the API for temporary credentials failed: ${reason}`, {
    field: 'credentials',
    hint,
    ...context,
  })

const resultOf = ({ status, json }: JsonResponse, token: Secret, expiresAt: Date): CredentialsInput => {
  const result = member(json, 'result')
  const [accessKeyId, secretAccessKey, sessionToken] = ['accessKeyId', 'secretAccessKey', 'sessionToken'].map(
    (name) => {
      const value = member(result, name)
      return typeof value === 'string' ? value : undefined
    },
  )
  if (status < 300 && accessKeyId && secretAccessKey && sessionToken)
    return checkedKeyPair(
      { accessKeyId, secretAccessKey, sessionToken, expiresAt },
      {
        accessKeyId: 'accessKeyId of the API',
        secretAccessKey: 'secretAccessKey of the API',
        sessionToken: 'sessionToken of the API',
      },
    )
  const errors = member(json, 'errors')
  const reasons = (Array.isArray(errors) ? errors : []).map(
    (error) => `${member(error, 'message')} (${member(error, 'code')})`,
  )
  const reason = reasons.length > 0 ? quoted(reasons.join('; '), [revealSecret(token)]) : 'no reason was given'
  throw failed(
    `${reason} (status ${status})`,
    'Check apiToken, accountId and parentAccessKeyId. The API token needs permission to edit R2.',
    { status },
  )
}
