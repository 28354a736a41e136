/**
 * Temporary credentials, made without a request from the key of an R2 API token: a JWT that the parent's secret signs. The recipe
 * is R2's (developers.cloudflare.com/r2/examples/authenticate-r2-temp-credentials, read 2026-11-27).
 */
import { hmacSha256, sha256Hex } from '#hash'
import { base64FromBytes, utf8Bytes } from '../../base/bytes.js'
import { systemClock } from '../../base/clock.js'
import { isAccountId, type Jurisdiction, jurisdictions, r2HostOf } from '../../base/r2-host.js'
import { type CredentialProvider, Credentials, type CredentialsInput, Secret } from '../../security/index.js'
import {
  anything,
  checkBucketName,
  type Field,
  type Fields,
  moment,
  objectOf,
  oneOf,
  refuseOption,
  required,
  text,
} from '../../validation/index.js'
import { badCredentials, named } from '../provider.js'
import {
  actionsField,
  defaultScope,
  defaultTtlSeconds,
  permissionFields,
  type TemporaryAction,
  type TemporaryPermissions,
} from './scope.js'

/** Options of `temporaryCredentials`. */
export interface TemporaryCredentialsOptions extends TemporaryPermissions {
  /** ID of the account, 32 hex characters. */
  readonly accountId: string
  /** Data jurisdiction of the bucket. The credentials are valid at its endpoint only. @defaultValue none */
  readonly jurisdiction?: Jurisdiction | undefined
  /** Operations, to permit fewer than `scope` does. @defaultValue those of `scope` */
  readonly actions?: readonly TemporaryAction[] | undefined
  /** Key of the R2 API token that signs. Never send it to the machine that gets the temporary credentials. */
  readonly parent: CredentialsInput
}

/** Options of `fromParentKey`. */
export interface FromParentKeyOptions extends Omit<TemporaryCredentialsOptions, 'parent'> {
  /** Key of the R2 API token that signs, or its provider. */
  readonly parent: CredentialsInput | CredentialProvider
}

/** Temporary credentials in plain text, for the machine that uses them. Anyone who has them can use them, so keep them out of logs. */
export interface TemporaryCredentials {
  /** Access key ID of the parent. */
  readonly accessKeyId: string
  /** Secret access key of these credentials. */
  readonly secretAccessKey: string
  /** Session token. */
  readonly sessionToken: string
  /** When R2 stops to accept them. */
  readonly expiresAt: Date
}

const commonFields: Fields<Omit<TemporaryCredentialsOptions, 'parent'>> = {
  ...permissionFields,
  accountId: required(text),
  jurisdiction: oneOf(...jurisdictions),
  actions: actionsField,
}

// The class for credentials checks the texts. Its errors never contain a value.
const keyPair = objectOf<Partial<CredentialsInput>>('parent', {
  accessKeyId: anything('a string'),
  secretAccessKey: anything('a string'),
  sessionToken: anything('a string'),
  expiresAt: moment,
  refreshAfter: moment,
}) as Field<CredentialsInput>

const keyPairOrProvider: Field<FromParentKeyOptions['parent']> = {
  takes: '{ accessKeyId, secretAccessKey }, or a function that returns them',
  read(value, name, refuse) {
    return typeof value === 'function' ? (value as CredentialProvider) : keyPair.read(value, name, refuse)
  },
}

const mintField = objectOf<TemporaryCredentialsOptions>(
  'temporaryCredentials',
  { ...commonFields, parent: required(keyPair) },
  { argument: 'options' },
)
const providerField = objectOf<FromParentKeyOptions>(
  'fromParentKey',
  { ...commonFields, parent: required(keyPairOrProvider) },
  { argument: 'options' },
)

const check = ({ accountId, bucket }: Pick<TemporaryCredentialsOptions, 'accountId' | 'bucket'>): void => {
  if (!isAccountId(accountId))
    throw refuseOption('accountId', 'must be 32 hex characters', 'Copy it from the R2 page of the dashboard.')
  checkBucketName(bucket, { bucketNames: 'r2' })
}

/**
 * Makes temporary credentials for a browser, a device or a job, without a request. They permit one bucket, and can be limited to
 * operations, prefixes and keys. R2 stops to accept them when they expire, or when the parent is revoked.
 *
 * @param nowMs start of their life, in milliseconds since the epoch. @defaultValue the machine's time
 * @throws R2Error `InvalidConfig` or `InvalidInput` naming the option, `InvalidCredentials` for a malformed parent
 * @example
 * const forUser = temporaryCredentials({ accountId, parent, bucket: 'photos', scope: 'object-read-write', prefixes: ['users/42/'] })
 * return Response.json(forUser, { headers: { 'cache-control': 'no-store' } })
 */
export const temporaryCredentials = (
  given: TemporaryCredentialsOptions,
  nowMs: number = systemClock.now(),
): TemporaryCredentials => {
  const options = mintField.read(given, '', refuseOption)
  check(options)
  return mint(options, options.parent, nowMs)
}

/**
 * A provider that makes temporary credentials from the key of an R2 API token, and new ones before they expire. A client with it
 * cannot do more than its task needs, although the process has the parent's key.
 *
 * @throws R2Error `InvalidConfig` or `InvalidInput` naming the option
 * @example
 * const credentials = fromParentKey({ accountId, parent: fromEnvironment(), bucket: 'photos', scope: 'object-read-only' })
 */
export const fromParentKey = (given: FromParentKeyOptions): CredentialProvider => {
  const options = providerField.read(given, '', refuseOption)
  check(options)
  const { parent } = options
  if (typeof parent !== 'function') new Credentials(parent).forget()
  return named('fromParentKey', async (context) => {
    const key = typeof parent === 'function' ? keyPair.read(await parent(context), 'parent', refuseOption) : parent
    const minted = mint(options, key, (context?.clock ?? systemClock).now())
    const { secretAccessKey, sessionToken } = minted
    return { ...minted, secretAccessKey: new Secret(secretAccessKey), sessionToken: new Secret(sessionToken) }
  })
}

type MintOptions = Omit<TemporaryCredentialsOptions, 'parent'>

const mint = (options: MintOptions, parent: CredentialsInput, nowMs: number): TemporaryCredentials => {
  const { accountId, jurisdiction, bucket, scope = defaultScope, actions, prefixes, objects } = options
  const issuedAt = Math.floor(nowMs / 1000)
  const expiresAt = issuedAt + (options.ttlSeconds ?? defaultTtlSeconds)
  const key = new Credentials(parent)
  if (key.sessionToken !== undefined)
    throw badCredentials(
      'parent must be the key of an R2 API token, but it has a session token',
      'Temporary credentials cannot make others.',
    )
  const { accessKeyId } = key
  const jwt = signedJwt(
    {
      bucket,
      scope,
      ...(actions && { actions }),
      ...((prefixes || objects) && { paths: { prefixPaths: prefixes ?? [], objectPaths: objects ?? [] } }),
      sub: accountId,
      iss: accessKeyId,
      aud: r2HostOf(accountId, jurisdiction),
      iat: issuedAt,
      exp: expiresAt,
    },
    key.secretAccessKey,
  )
  key.forget()
  return {
    accessKeyId,
    secretAccessKey: sha256Hex(jwt),
    sessionToken: base64FromBytes(utf8Bytes(`jwt/${jwt}`)),
    expiresAt: new Date(expiresAt * 1000),
  }
}

const base64Url = (bytes: Uint8Array): string =>
  base64FromBytes(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')

/** A JSON Web Token with HMAC-SHA-256 (RFC 7515, appendix A.1). */
const signedJwt = (claims: object, secret: string): string => {
  const input = [{ alg: 'HS256', typ: 'JWT' }, claims]
    .map((part) => base64Url(utf8Bytes(JSON.stringify(part))))
    .join('.')
  const key = utf8Bytes(secret)
  const signature = base64Url(hmacSha256(key, input))
  key.fill(0)
  return `${input}.${signature}`
}
