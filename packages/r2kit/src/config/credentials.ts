/** `credentials.source`: where the access key of a client comes from. */
import type { FromVaultOptions } from '../credentials/index.js'
import type { CredentialProvider } from '../security/index.js'
import { nearestName } from '../validation/index.js'
import type { Variables } from './layers.js'
import { optionsOf } from './option-tree.js'
import { type ConfigProblem, problemOf, type Source } from './problems.js'
import type { Entry, Layer } from './read-section.js'
import { settings } from './settings.js'

/** Providers that the program registers, by name. */
type Providers = Readonly<Record<string, CredentialProvider>>

/** The layers that may have credentials, and the merged settings. */
export interface CredentialLayers {
  readonly profile: Layer
  readonly environment: Layer
  readonly file: Layer
  readonly merged: Layer
}

/** What the sources need. */
export interface CredentialContext {
  readonly providers: Providers
  readonly variables: Variables
  readonly report: (problem: ConfigProblem) => void
}

const keyPaths = ['credentials.access_key_id', 'credentials.secret_access_key', 'credentials.session_token'] as const
const [idPath, secretPath, tokenPath] = keyPaths

/** The entries of the key pair that these layers have; the first layer with a key ID decides. */
const keyPairOf = (layers: readonly Layer[]): ReadonlyMap<string, Entry> => {
  const found = new Map<string, Entry>()
  let hasId = false
  for (const { entries } of layers) {
    const id = entries.get(idPath)
    // The secret and the token of a layer with its own key ID belong to that ID.
    if (hasId && id !== undefined) continue
    for (const path of keyPaths) {
      const entry = entries.get(path)
      if (entry !== undefined && !found.has(path)) found.set(path, entry)
    }
    hasId ||= id !== undefined
  }
  return found
}

/**
 * The credentials of a client: a key pair or a provider; undefined after a problem.
 *
 * @returns `entries` are the settings of the key pair that is used
 */
export const credentialsOf = async (
  layers: CredentialLayers,
  context: CredentialContext,
): Promise<{ readonly credentials: unknown; readonly entries: ReadonlyMap<string, Entry> }> => {
  const { profile, environment, file, merged } = layers
  const chosen = merged.entries.get('credentials.source')
  const source = typeof chosen?.value === 'string' ? chosen.value : undefined
  const place: Source = chosen?.source ?? { kind: 'default' }
  rejectUnused(source, [profile, file], context.report)
  const none = new Map<string, Entry>()
  switch (source) {
    case 'shared-auth':
      return { credentials: registered(merged, place, context), entries: none }
    case 'vault':
      return { credentials: await vault(merged, place, context), entries: none }
    case 'shared-file':
      return { credentials: await sharedFile(merged, place, context), entries: none }
    case 'environment':
      return keyPair(keyPairOf([environment]), 'environment', place, context)
    case 'values':
      return keyPair(keyPairOf([profile, file]), 'values', place, context)
    default:
      return keyPair(keyPairOf([profile, environment, file]), undefined, place, context)
  }
}

/** Sections and fields that only one source uses. */
const fieldsOfSources: readonly (readonly [start: string, source: string])[] = [
  ...keyPaths.map((path) => [path, 'values'] as const),
  ['credentials.provider', 'shared-auth'],
  ['credentials.vault.', 'vault'],
  ['credentials.profile', 'shared-file'],
  ['credentials.file', 'shared-file'],
]

/** Rejects fields of a file that the source does not use: they would be a secret without a purpose, or a mistake. */
const rejectUnused = (
  source: string | undefined,
  layers: readonly Layer[],
  report: (problem: ConfigProblem) => void,
): void => {
  for (const [start, user] of fieldsOfSources) {
    const isUsed = source === user || (source === undefined && user === 'values')
    const entry = layers
      .flatMap(({ entries }) => [...entries.values()])
      .find(({ setting }) => setting.path.startsWith(start))
    if (isUsed || entry === undefined) continue
    const field = `cloudflare_r2.${entry.setting.path}`
    const rule = `has no effect with the source ${source ?? 'environment'}`
    report({ field, rule, hint: `Set credentials.source to ${user}, or remove the field.`, source: entry.source })
  }
}

const keyPair = (
  entries: ReadonlyMap<string, Entry>,
  source: 'environment' | 'values' | undefined,
  place: Source,
  { report }: CredentialContext,
) => {
  const valueAt = (path: string) => entries.get(path)?.value
  const missing = [idPath, secretPath].filter((path) => !entries.has(path))
  if (missing.length > 0) {
    const names = missing.map((path) => namesOfKeys[path][source === 'values' ? 'field' : 'variable']).join(' and ')
    const isOne = missing.length === 1
    report({
      field: 'cloudflare_r2.credentials',
      rule: `has no access key: ${names} ${isOne ? 'is' : 'are'} not set`,
      hint:
        source === undefined
          ? `Set ${names}, or choose another credentials.source.`
          : `Set ${names}; credentials.source is ${source}.`,
      source: place,
    })
    return { credentials: undefined, entries }
  }
  const sessionToken = valueAt(tokenPath)
  const credentials = {
    accessKeyId: valueAt(idPath),
    secretAccessKey: valueAt(secretPath),
    ...(sessionToken === undefined ? {} : { sessionToken }),
  }
  return { credentials, entries }
}

const namesOfKeys = {
  [idPath]: { field: 'credentials.access_key_id', variable: 'R2_ACCESS_KEY_ID' },
  [secretPath]: { field: 'credentials.secret_access_key', variable: 'R2_SECRET_ACCESS_KEY' },
} as const

const registered = (merged: Layer, place: Source, { providers, report }: CredentialContext): unknown => {
  const entry = merged.entries.get('credentials.provider')
  const name = typeof entry?.value === 'string' ? entry.value : 'shared-auth'
  const provider = Object.hasOwn(providers, name) ? providers[name] : undefined
  if (provider !== undefined) return provider
  const names = Object.keys(providers)
  const nearest = nearestName(name, names)
  const known = names.length === 0 ? 'none is registered' : `registered are ${names.join(', ')}`
  report({
    field: entry === undefined ? 'cloudflare_r2.credentials.source' : 'cloudflare_r2.credentials.provider',
    rule: `needs the provider ${JSON.stringify(name)}, but ${known}`,
    hint: nearest === undefined ? `Pass providers: { '${name}': … } to loadConfig.` : `Use ${nearest}.`,
    source: entry?.source ?? place,
  })
  return undefined
}

const settingsOf = (merged: Layer, start: string): Entry[] =>
  [...merged.entries.values()].filter(({ setting }) => setting.option?.startsWith(start))

/**
 * Makes a provider, whose checks of its options become a problem.
 *
 * @param start of the options of its settings: `vault.`
 */
const made = (make: () => CredentialProvider, start: string, place: Source, context: CredentialContext): unknown => {
  const field = 'cloudflare_r2.credentials'
  let provider: CredentialProvider | undefined
  const problem = problemOf(
    () => {
      provider = make()
    },
    field,
    place,
  )
  if (problem === undefined) return provider
  const setting = settings.find(({ option }) => option === `${start}${problem.field}`)
  context.report({ ...problem, field: setting === undefined ? field : `cloudflare_r2.${setting.path}` })
  return undefined
}

const vault = async (merged: Layer, place: Source, context: CredentialContext): Promise<unknown> => {
  const { fromVault } = await import('../credentials/vault/from-vault.js')
  const { vault: options = {} } = optionsOf(settingsOf(merged, 'vault.'))
  const make = () => fromVault({ ...(options as FromVaultOptions), environment: context.variables })
  return made(make, 'vault.', place, context)
}

const sharedFile = async (merged: Layer, place: Source, context: CredentialContext): Promise<unknown> => {
  const { fromSharedCredentialsFile } = await import('../credentials/shared-file/from-shared-credentials-file.js')
  const { sharedFile: options = {} } = optionsOf(settingsOf(merged, 'sharedFile.'))
  const make = () => fromSharedCredentialsFile({ ...(options as object), environment: context.variables })
  return made(make, 'sharedFile.', place, context)
}
