/** The options of `fromVault`, read once, with the defaults of Vault's own tools. */

import { Secret } from '../../security/index.js'
import {
  anything,
  duration,
  eitherOf,
  environmentField,
  type Fields,
  flag,
  integer,
  listOf,
  objectOf,
  refuseOption,
  required,
  text,
} from '../../validation/index.js'
import { path } from '../../validation/path-field.js'
import { processEnvironment } from '../from-environment.js'
import { type Environment, variable } from '../provider.js'

/** A token that was issued before. It is renewed while its lease permits. */
export interface VaultTokenAuth {
  /** The token. */
  readonly token: string | Secret
}

/** A file with a token, which another program keeps valid, such as the sink of Vault Agent. It is read at each call. */
export interface VaultTokenFileAuth {
  /** Path of the file. Node, Bun and Deno only. */
  readonly tokenFile: string
}

/** Sign-in with AppRole. The token is renewed, and another one is obtained when it cannot be. */
export interface VaultAppRoleAuth {
  /** RoleID. */
  readonly roleId: string
  /** SecretID. A function is called for each sign-in, for SecretIDs that can be used once. @defaultValue none, for a role with `bind_secret_id=false` */
  readonly secretId?: string | Secret | (() => string | Secret | Promise<string | Secret>) | undefined
  /** Path at which AppRole is mounted. @defaultValue 'approle' */
  readonly mount?: string | undefined
}

/** How the provider authenticates to Vault. */
export type VaultAuth = VaultTokenAuth | VaultTokenFileAuth | VaultAppRoleAuth

/** Names of the fields of the secret in Vault. */
export interface VaultFieldNames {
  /** @defaultValue 'access_key_id' */
  readonly accessKeyId?: string | undefined
  /** @defaultValue 'secret_access_key' */
  readonly secretAccessKey?: string | undefined
  /** A field that may be absent. @defaultValue 'session_token' */
  readonly sessionToken?: string | undefined
  /** A field that may be absent: ISO 8601, or seconds since the epoch. @defaultValue 'expires_at' */
  readonly expiresAt?: string | undefined
}

/** Options of `fromVault`. */
export interface FromVaultOptions {
  /** Path of the secret below the mount, without `data/`. @example 'apps/photos/r2' */
  readonly path: string
  /** Path at which the KV secrets engine (version 2) is mounted. @defaultValue 'secret' */
  readonly mount?: string | undefined
  /** Version of the secret. @defaultValue the latest */
  readonly version?: number | undefined
  /** Names of its fields. @defaultValue see `VaultFieldNames` */
  readonly fields?: VaultFieldNames | undefined
  /** URL of the server. @defaultValue `VAULT_ADDR` */
  readonly address?: string | undefined
  /** Whether plain HTTP to another machine is allowed. It shows the token and the secret to the network. @defaultValue false */
  readonly allowInsecureAddress?: boolean | undefined
  /** How to authenticate. @defaultValue the token in `VAULT_TOKEN` */
  readonly auth?: VaultAuth | undefined
  /** Namespace, of Vault Enterprise or OpenBao. @defaultValue `VAULT_NAMESPACE`, else none */
  readonly namespace?: string | undefined
  /** Certificate authorities to trust instead of the platform's, in PEM. Node only. @defaultValue the file `VAULT_CACERT`, else the platform's */
  readonly ca?: string | readonly string[] | undefined
  /** Time limit of each request, in milliseconds. Up to three are sent if the network fails or the server is overloaded. @defaultValue 10_000 */
  readonly timeoutMs?: number | undefined
  /** Time after which the secret is read again, in milliseconds, because keys are rotated. @defaultValue 300_000, five minutes */
  readonly reloadAfterMs?: number | undefined
  /** Variables by name. @defaultValue `process.env`, read when the provider is made */
  readonly environment?: Environment | undefined
}

// The session checks secrets, so that no error shows one.
const tokenAuth = objectOf<VaultTokenAuth>('auth', { token: required(anything('a string or a Secret')) })
const tokenFileAuth = objectOf<VaultTokenFileAuth>('auth', { tokenFile: required(path) })
const appRoleAuth = objectOf<VaultAppRoleAuth>('auth', {
  roleId: required(text),
  secretId: anything('a string, a Secret, or a function that returns one'),
  mount: text,
})

const has = (value: unknown, name: string): boolean => typeof value === 'object' && value !== null && name in value

const authField = eitherOf<VaultAuth>(
  '{ token }, { tokenFile } or { roleId, secretId }',
  'Pass one of them.',
  (value) => {
    if (has(value, 'token')) return tokenAuth
    if (has(value, 'tokenFile')) return tokenFileAuth
    return typeof value === 'object' && value !== null ? appRoleAuth : undefined
  },
)

const fieldNames: Fields<VaultFieldNames> = {
  accessKeyId: text,
  secretAccessKey: text,
  sessionToken: text,
  expiresAt: text,
}

const certificates = eitherOf<string | readonly string[]>('PEM text', 'Pass the content of the file.', (value) =>
  typeof value === 'string' ? text : listOf(text),
)

const optionFields: Fields<FromVaultOptions> = {
  path: required(text),
  mount: text,
  version: integer(1),
  fields: objectOf('fields', fieldNames),
  address: text,
  allowInsecureAddress: flag,
  auth: authField,
  namespace: text,
  ca: certificates,
  timeoutMs: duration,
  reloadAfterMs: duration,
  environment: environmentField,
}
const optionsField = objectOf<FromVaultOptions>('fromVault', optionFields, { argument: 'options' })

/** The options in use. */
export interface VaultSettings {
  readonly origin: string
  readonly basePath: string
  readonly auth: VaultAuth
  readonly namespace: string | undefined
  readonly ca: string | readonly string[] | undefined
  /** Path of a file with certificate authorities. */
  readonly caFile: string | undefined
  readonly timeoutMs: number
  readonly reloadAfterMs: number
  readonly mount: string
  readonly path: string
  readonly version: number | undefined
  readonly fields: Readonly<Record<keyof VaultFieldNames, string>>
}

/** @throws R2Error `InvalidConfig` naming the option */
export const readVaultOptions = (given: FromVaultOptions): VaultSettings => {
  const options = optionsField.read(given, '', refuseOption)
  const variables = options.environment ?? processEnvironment()
  const { mount = 'secret', timeoutMs = 10_000, reloadAfterMs = 300_000 } = options
  const { ca, version } = options
  return {
    ...addressOf(options.address ?? variable(variables, 'VAULT_ADDR'), options.allowInsecureAddress === true),
    auth: options.auth ?? authOf(variables),
    namespace: options.namespace ?? variable(variables, 'VAULT_NAMESPACE'),
    ca,
    caFile: ca === undefined ? variable(variables, 'VAULT_CACERT') : undefined,
    timeoutMs,
    reloadAfterMs,
    version,
    mount: checkedPath(mount, 'mount'),
    path: secretPath(options.path, mount),
    fields: {
      accessKeyId: options.fields?.accessKeyId ?? 'access_key_id',
      secretAccessKey: options.fields?.secretAccessKey ?? 'secret_access_key',
      sessionToken: options.fields?.sessionToken ?? 'session_token',
      expiresAt: options.fields?.expiresAt ?? 'expires_at',
    },
  }
}

const addressOf = (address: string | undefined, allowInsecure: boolean) => {
  if (address === undefined)
    throw refuseOption('address', 'is missing', 'Pass the URL of the Vault server, or set VAULT_ADDR.')
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.search || url.hash)
    throw refuseOption(
      'address',
      'must be a URL such as https://vault.example.com:8200',
      'Check address or VAULT_ADDR.',
    )
  if (url.username || url.password)
    throw refuseOption('address', 'must not contain a user name or password', 'Pass auth instead.')
  const isLoopback = /^(?:localhost|.*\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (url.protocol === 'http:' && !isLoopback && !allowInsecure)
    throw refuseOption(
      'address',
      'is plain HTTP to another machine, which shows the token to the network',
      'Use https, or set allowInsecureAddress if you trust the network.',
    )
  return { origin: url.origin, basePath: url.pathname.replace(/\/+$/, '') }
}

const authOf = (variables: Environment): VaultAuth => {
  const token = variable(variables, 'VAULT_TOKEN')
  if (token) return { token: new Secret(token) }
  throw refuseOption('auth', 'is missing', 'Pass { token }, { tokenFile } or { roleId, secretId }, or set VAULT_TOKEN.')
}

/** A path in Vault: segments without dots, which a proxy would resolve. Slashes at the ends are removed. */
const checkedPath = (path: string, name: string): string => {
  const trimmed = path.trim().replace(/^\/+|\/+$/g, '')
  const segments = trimmed.split('/')
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    throw refuseOption(name, 'must be a path such as apps/photos', 'Remove empty and dot segments.')
  return trimmed
}

const secretPath = (given: string, mount: string): string => {
  const path = checkedPath(given, 'path')
  const prefix = [`${mount}/data/`, 'v1/'].find((wrong) => path.startsWith(wrong))
  if (prefix === undefined) return path
  throw refuseOption(
    'path',
    `must not begin with ${prefix}`,
    `Pass the path below the mount, and the mount as mount: ${path.split('/data/').at(-1)}.`,
  )
}
