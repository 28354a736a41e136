import { readTextFile } from '#credential-files'
import { systemClock } from '../../base/clock.js'
import type { CredentialProvider, CredentialsInput } from '../../security/index.js'
import { nearestName, shown } from '../../validation/index.js'
import { badCredentials, checkedKeyPair, named, noCredentials } from '../provider.js'
import { type FromVaultOptions, readVaultOptions, type VaultSettings } from './vault-options.js'
import { type VaultData, VaultServer } from './vault-server.js'
import { VaultSession } from './vault-session.js'

/**
 * A provider that reads an access key from HashiCorp Vault or OpenBao: the KV secrets engine, version 2.
 *
 * It signs in with a token, a token file or AppRole. A renewable token is renewed at half of its lease, also while the client is
 * idle, until the client is disposed. The secret is read again after `reloadAfterMs`; if Vault is out of reach then, the client
 * keeps the earlier credentials and tries again.
 *
 * @throws R2Error `InvalidConfig` naming the option; the provider throws `InvalidCredentials` with path, status and reason of Vault
 * @example
 * const credentials = fromVault({
 *   address: 'https://vault.example.com:8200', path: 'apps/photos/r2', auth: { roleId, secretId },
 * })
 * const r2 = new R2Client({ accountId, credentials })
 */
export const fromVault = (given: FromVaultOptions): CredentialProvider => {
  const settings = readVaultOptions(given)
  const { mount, path, version, reloadAfterMs } = settings
  const session = new VaultSession(settings.auth)
  return named('fromVault', async (context) => {
    const clock = context?.clock ?? systemClock
    const connect = async (signal: AbortSignal | undefined): Promise<VaultServer> => {
      const { origin, basePath, timeoutMs, namespace } = settings
      return new VaultServer(
        { origin, basePath, timeoutMs, clock, signal, ca: await certificatesOf(settings) },
        namespace,
      )
    }
    const server = await connect(context?.signal)
    try {
      const data = await session.withToken(server, clock, (token) => server.read(token, mount, path, version))
      if (context !== undefined) session.keepAlive(context, connect)
      return keyPairIn(data, settings, clock.now() + reloadAfterMs)
    } finally {
      await server.close()
    }
  })
}

const certificatesOf = async ({ ca, caFile }: VaultSettings): Promise<string | readonly string[] | undefined> => {
  if (caFile === undefined) return ca
  const pem = await readTextFile(caFile)
  if (pem !== undefined) return pem
  throw noCredentials(`Vault: the file ${caFile} of VAULT_CACERT does not exist`, 'Check the variable VAULT_CACERT.')
}

const keyPairIn = (data: VaultData, settings: VaultSettings, reloadAtMs: number): CredentialsInput => {
  const { fields, mount, path } = settings
  const place = `${mount}/data/${path}`
  const textOf = (name: string): string | undefined => {
    const value = Object.hasOwn(data, name) ? data[name] : undefined
    if (value === undefined || value === null || typeof value === 'string') return value ?? undefined
    throw badCredentials(`Vault: the field ${shown(name)} of ${place} must be a string`)
  }
  for (const name of [fields.accessKeyId, fields.secretAccessKey])
    if (textOf(name) === undefined) throw fieldMissing(name, Object.keys(data), place)
  return checkedKeyPair(
    {
      accessKeyId: textOf(fields.accessKeyId),
      secretAccessKey: textOf(fields.secretAccessKey),
      sessionToken: textOf(fields.sessionToken),
      expiresAt: expiryOf(data, fields.expiresAt, place),
      refreshAfter: Number.isFinite(reloadAtMs) ? new Date(reloadAtMs) : undefined,
    },
    {
      accessKeyId: `Vault: the field ${fields.accessKeyId} of ${place}`,
      secretAccessKey: `Vault: the field ${fields.secretAccessKey} of ${place}`,
      sessionToken: `Vault: the field ${fields.sessionToken} of ${place}`,
    },
  )
}

/** Names are not secret: the error shows those that the secret has. */
const fieldMissing = (name: string, present: readonly string[], place: string) => {
  const nearest = nearestName(name, present)
  const found = present.length === 0 ? 'no fields' : `the fields ${present.slice(0, 10).map(shown).join(', ')}`
  return badCredentials(
    `Vault: the secret at ${place} has no field ${shown(name)}`,
    `It has ${found}. ${nearest === undefined ? 'Pass their names as fields.' : `Pass fields with the name ${shown(nearest)}, or rename it.`}`,
  )
}

const expiryOf = (data: VaultData, name: string, place: string): Date | undefined => {
  const value = Object.hasOwn(data, name) ? data[name] : undefined
  if (value === undefined || value === null || value === '') return undefined
  const date =
    typeof value === 'number' || /^\d+$/.test(String(value)) ? new Date(Number(value) * 1000) : new Date(String(value))
  if (!Number.isNaN(date.getTime())) return date
  throw badCredentials(
    `Vault: the field ${shown(name)} of ${place} must be a date`,
    'Write it as 2026-01-31T12:00:00Z.',
  )
}
