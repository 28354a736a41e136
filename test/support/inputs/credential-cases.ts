/** The cases of `r2kit/credentials`. */
import {
  chain,
  type FromEnvironmentOptions,
  type FromParentKeyOptions,
  type FromSharedCredentialsFileOptions,
  type FromTemporaryCredentialsApiOptions,
  type FromVaultOptions,
  fromEnvironment,
  fromParentKey,
  fromSharedCredentialsFile,
  fromTemporaryCredentialsApi,
  fromVault,
  type TemporaryCredentialsOptions,
  temporaryCredentials,
} from 'r2kit/credentials'
import { type Case, caseOf, synchronous } from './method-cases.js'
import { callback, duration, flag, type Kind, list, path, scalar, structure, text, whole, word } from './value-kinds.js'

const options = (kind: Kind) => ({ name: 'options', kind, prefix: '' })
const anyObject = scalar(
  (value) => (typeof value === 'object' && value !== null ? undefined : false),
  () => ({}),
)
const accountId = 'a'.repeat(32)
const parent = { accessKeyId: 'id', secretAccessKey: 'secret' }

const permissions = {
  bucket: text('photos'),
  scope: word('object-read-only', 'object-read-write', 'admin-read-only', 'admin-read-write'),
  prefixes: list(text('a/')),
  objects: list(text('a')),
  ttlSeconds: whole(1, 604_800),
}
const minted = {
  ...permissions,
  accountId: text(accountId),
  jurisdiction: word('eu', 'fedramp', 'us'),
  actions: list(word('GetObject', 'PutObject'), true),
  // Its values are checked by the class for credentials, whose errors have fields of their own.
  parent: scalar(
    (value) => (typeof value === 'object' && value !== null ? undefined : typeof value === 'function' && undefined),
    () => parent,
  ),
}

const sync = (name: string, call: (given: never) => unknown, kind: Kind): Case[] => [
  synchronous(caseOf(name, () => call, options(kind))),
]

export const credentialCases: Readonly<Record<string, Case[]>> = {
  fromEnvironment: sync(
    'fromEnvironment',
    (given) => fromEnvironment(given),
    structure<FromEnvironmentOptions>(() => ({}), { environment: anyObject, prefixes: list(word('R2', 'AWS'), true) }),
  ),
  fromSharedCredentialsFile: sync(
    'fromSharedCredentialsFile',
    (given) => fromSharedCredentialsFile(given),
    structure<FromSharedCredentialsFileOptions>(() => ({}), {
      profile: text('r2'),
      credentialsFile: path('file'),
      configFile: path('file'),
      environment: anyObject,
      reloadAfterMs: duration,
    }),
  ),
  fromVault: sync(
    'fromVault',
    (given) => fromVault(given),
    structure<FromVaultOptions>(
      () => ({ path: 'r2', address: 'https://vault', auth: { token: 'token' }, environment: {} }),
      {
        path: text('r2'),
        mount: text('secret'),
        version: whole(1),
        fields: structure(() => ({}), {
          accessKeyId: text('a'),
          secretAccessKey: text('b'),
          sessionToken: text('c'),
          expiresAt: text('d'),
        }),
        address: text('https://vault'),
        allowInsecureAddress: flag,
        auth: scalar(
          (value) => (typeof value === 'object' && value !== null ? undefined : false),
          () => ({ token: 'token' }),
          () => ({ tokenFile: '/run/token' }),
          () => ({ roleId: 'role', secretId: () => 'secret', mount: 'approle' }),
        ),
        namespace: text('team'),
        ca: scalar(
          (value) => (typeof value === 'string' || Array.isArray(value) ? undefined : false),
          () => 'PEM',
          () => ['PEM'],
        ),
        timeoutMs: duration,
        reloadAfterMs: duration,
        environment: anyObject,
      },
    ),
  ),
  temporaryCredentials: sync(
    'temporaryCredentials',
    (given) => temporaryCredentials(given),
    structure<TemporaryCredentialsOptions>(() => ({ accountId, bucket: 'photos', parent }), minted),
  ),
  fromParentKey: sync(
    'fromParentKey',
    (given) => fromParentKey(given),
    structure<FromParentKeyOptions>(() => ({ accountId, bucket: 'photos', parent }), minted),
  ),
  fromTemporaryCredentialsApi: sync(
    'fromTemporaryCredentialsApi',
    (given) => fromTemporaryCredentialsApi(given),
    structure<FromTemporaryCredentialsApiOptions>(
      () => ({ accountId, bucket: 'photos', apiToken: 'token', parentAccessKeyId: 'id' }),
      {
        ...permissions,
        accountId: text(accountId),
        apiToken: text('token'),
        parentAccessKeyId: text('id'),
        apiUrl: text('https://api'),
        timeoutMs: duration,
      },
    ),
  ),
  chain: [synchronous(caseOf('chain', () => (given: never) => chain(given), { name: 'providers[0]', kind: callback }))],
}
