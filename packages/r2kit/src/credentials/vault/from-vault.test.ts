import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect, promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { errorOf } from '#test/support/results.js'
import { FakeVault } from '#test/support/vault/fake-vault.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import type { Clock } from '../../base/clock.js'
import { type CredentialContext, resolveCredentials, revealSecret, type Secret } from '../../security/index.js'
import { type FromVaultOptions, fromVault } from '../index.js'

const secretKey = 'fedcba9876543210'.repeat(4)
const data = { access_key_id: 'id-of-vault', secret_access_key: secretKey }
const token = 'hvs.token-of-the-test'
const fixture = (name: string) =>
  readFileSync(new URL(`../../../../../test/fixtures/loopback/${name}`, import.meta.url), 'utf8')
const hourMs = 3_600_000

const vaultWith = async (change: (vault: FakeVault) => void = () => undefined, tls = false) => {
  const clock = new VirtualClock()
  const vault = new FakeVault({
    clock,
    ...(tls && { tls: { cert: fixture('certificate.pem'), key: fixture('key.pem') } }),
  })
  const address = await vault.start()
  onTestFinished(() => vault.close())
  change(vault)
  vault.issue(token)
  vault.secrets.set('secret/apps/r2', [data])
  const provider = (options: Partial<FromVaultOptions> = {}) =>
    fromVault({ address, path: 'apps/r2', auth: { token }, environment: {}, ...options })
  return { vault, address, provider, clock }
}

/** A call as a client makes it. */
const contextOf = (
  clock: Clock,
  signal = new AbortController().signal,
  disposed = new AbortController().signal,
): CredentialContext => ({
  clock,
  signal,
  disposed,
})
const paths = (vault: FakeVault) => vault.requests.map(({ method, path }) => `${method} ${path}`)

/** Waits for an event of the network, which no virtual clock announces. */
const until = async (condition: () => boolean): Promise<void> => {
  for (let turn = 0; turn < 2000 && !condition(); turn++) await new Promise((resolve) => setTimeout(resolve, 1))
  expect(condition()).toBe(true)
}

/** Waits until the server has no connection. */
const closed = async (vault: FakeVault): Promise<void> => {
  let open = -1
  for (let turn = 0; turn < 2000 && open !== 0; turn++) {
    open = await vault.connections()
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  expect(open).toBe(0)
}

/** Advances the clock through the pauses between attempts, which are shorter than every time limit, while `work` runs. */
const throughPauses = async <T>(clock: VirtualClock, work: Promise<T>): Promise<T> => {
  let isDone = false
  const done = () => {
    isDone = true
  }
  work.then(done, done)
  while (!isDone) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    const { nextTimerInMs = Number.POSITIVE_INFINITY } = clock
    if (nextTimerInMs <= 400) await clock.advance(nextTimerInMs)
  }
  return work
}

describe('the fake server of these tests', () => {
  test('serves a client of a third party: sign-in with AppRole, a read, a look-up and a renewal', async () => {
    const { vault, address } = await vaultWith((vault) => vault.secretIds.set('once', 1))
    const script = fileURLToPath(new URL('../../../../../test/support/vault/node-vault-child.mjs', import.meta.url))
    const parameters = [script, address, vault.roleId, 'once', 'secret/data/apps/r2']
    const { stdout } = await promisify(execFile)(process.execPath, parameters)
    expect(JSON.parse(stdout)).toEqual({
      lease: 3600,
      data,
      ttl: 3600,
      renewable: true,
      secondLogin: 'invalid role or secret ID',
      missing: 'Status 404',
    })
  })
})

describe('fromVault', () => {
  test('reads the latest version with a token, and closes its connections', async () => {
    const { vault, provider, clock } = await vaultWith()
    const found = await provider()(contextOf(clock))
    expect(found).toMatchObject({ accessKeyId: 'id-of-vault', refreshAfter: new Date(clock.now() + 300_000) })
    expect(revealSecret(found.secretAccessKey as Secret)).toBe(secretKey)
    expect(paths(vault)).toEqual(['GET auth/token/lookup-self', 'GET secret/data/apps/r2'])
    expect(vault.requests[1]?.headers).toMatchObject({ 'x-vault-token': token, 'x-vault-request': 'true' })
    await closed(vault)
  })

  test('reads a version, under another mount, in a namespace, with other names, a session token and an expiry', async () => {
    const { vault, provider, clock } = await vaultWith((vault) => {
      vault.namespace = 'team/search'
    })
    const fields = { accessKeyId: 'id', secretAccessKey: 'key', sessionToken: 'token', expiresAt: 'until' }
    const until = clock.now() / 1000 + 600
    vault.secrets.set('kv/team/r2 keys', [
      { id: 'one', key: 'x', token: 't', until },
      { id: 'two', key: 'x' },
    ])
    const found = await provider({ mount: 'kv', path: 'team/r2 keys', version: 1, namespace: 'team/search', fields })(
      contextOf(clock),
    )
    expect(found).toMatchObject({ accessKeyId: 'one', expiresAt: new Date(until * 1000) })
    expect(revealSecret(found.sessionToken as Secret)).toBe('t')
  })

  test('takes address, token and namespace from the variables of the Vault tools', async () => {
    const { vault, address, clock } = await vaultWith((vault) => {
      vault.namespace = 'ns'
    })
    const environment = { VAULT_ADDR: address, VAULT_TOKEN: `${token}\n`, VAULT_NAMESPACE: 'ns' }
    expect(await fromVault({ path: 'apps/r2', environment })(contextOf(clock))).toMatchObject({
      accessKeyId: 'id-of-vault',
    })
    expect(vault.requests).toHaveLength(2)
  })

  test('trusts the authority in ca or in the file VAULT_CACERT, and no other', async () => {
    const { provider, clock } = await vaultWith(undefined, true)
    const ca = fixture('certificate.pem')
    expect(await provider({ ca })(contextOf(clock))).toMatchObject({ accessKeyId: 'id-of-vault' })
    const folder = await mkdtemp(join(tmpdir(), 'r2kit-vault-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'ca.pem'), ca)
    const environment = { VAULT_CACERT: join(folder, 'ca.pem') }
    expect(await provider({ environment })(contextOf(clock))).toMatchObject({ accessKeyId: 'id-of-vault' })
    const error = await errorOf(Promise.resolve(provider()(contextOf(clock))))
    expect(error.message).toMatch(
      /^Vault: looking up the token at auth\/token\/lookup-self failed: TLS to .* is self-signed$/,
    )
    const missing = errorOf(Promise.resolve(provider({ environment: { VAULT_CACERT: '/none.pem' } })(contextOf(clock))))
    expect((await missing).message).toBe('Vault: the file /none.pem of VAULT_CACERT does not exist')
  })

  test('reads a token file at each call, because another program replaces it', async () => {
    const { vault, provider, clock } = await vaultWith()
    const folder = await mkdtemp(join(tmpdir(), 'r2kit-vault-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const tokenFile = join(folder, 'token')
    const read = provider({ auth: { tokenFile } })
    expect((await errorOf(Promise.resolve(read(contextOf(clock))))).message).toContain('token does not exist')
    await writeFile(tokenFile, `${token}\n`)
    await read(contextOf(clock))
    vault.issue('hvs.replaced')
    await writeFile(tokenFile, 'hvs.replaced')
    await read(contextOf(clock))
    expect(vault.requests.map(({ headers }) => headers['x-vault-token'])).toEqual([token, 'hvs.replaced'])
  })

  test('works with a token whose policy forbids the look-up', async () => {
    const { provider, clock } = await vaultWith((vault) => {
      vault.permitsLookUp = false
    })
    expect(await provider()(contextOf(clock))).toMatchObject({ accessKeyId: 'id-of-vault' })
  })
})

describe('the lease of a token', () => {
  const appRole = (vault: FakeVault) => ({ auth: { roleId: vault.roleId, secretId: 'secret-id' } })

  test('signs in with AppRole once, and renews the token after half of its lease', async () => {
    const { vault, provider, clock } = await vaultWith((vault) => vault.secretIds.set('secret-id', 1))
    const read = provider(appRole(vault))
    // Without background renewals: the client has been disposed.
    const context = { ...contextOf(clock), disposed: AbortSignal.abort() }
    await read(context)
    await clock.advance(hourMs / 2 - 1)
    await read(context)
    expect(paths(vault)).not.toContain('POST auth/token/renew-self')
    await clock.advance(1)
    await read(context)
    expect(paths(vault).slice(-2)).toEqual(['POST auth/token/renew-self', 'GET secret/data/apps/r2'])
    expect(paths(vault).filter((path) => path.endsWith('login'))).toHaveLength(1)
  })

  test('renews on the virtual clock while the client is idle, until the client is disposed', async () => {
    const { vault, provider, clock } = await vaultWith((vault) => vault.secretIds.set('secret-id', 1))
    const disposal = new AbortController()
    await provider(appRole(vault))(contextOf(clock, undefined, disposal.signal))
    expect(paths(vault)).toEqual(['POST auth/approle/login', 'GET secret/data/apps/r2'])
    for (let renewals = 1; renewals <= 5; renewals++) {
      await clock.advance(hourMs / 2)
      await until(() => paths(vault).filter((path) => path.endsWith('renew-self')).length === renewals)
      await until(() => clock.timers > 0 && (clock.nextTimerInMs ?? 0) > 10_000)
    }
    expect([...vault.tokens.values()].at(-1)?.expiresAtMs).toBe(clock.now() + hourMs)
    disposal.abort()
    expect(clock.timers).toBe(0)
  })

  test('signs in again when the token has reached its longest life', async () => {
    const { vault, provider, clock } = await vaultWith((vault) => {
      vault.secretIds.set('secret-id', 5)
      vault.tokenMaxTtlMs = 2 * hourMs
    })
    const read = provider(appRole(vault))
    const context = { ...contextOf(clock), disposed: AbortSignal.abort() }
    for (let hours = 0; hours < 6; hours++) {
      await read(context)
      await clock.advance(0.6 * hourMs)
    }
    expect(paths(vault).filter((path) => path.endsWith('login')).length).toBe(2)
    expect(paths(vault).filter((path) => path.endsWith('renew-self')).length).toBeGreaterThan(2)
  })

  test('signs in again after Vault has revoked the token, and calls the function for a new secret ID', async () => {
    const { vault, provider, clock } = await vaultWith((vault) => {
      vault.secretIds.set('first', 1)
      vault.secretIds.set('second', 1)
    })
    const secretIds = ['first', 'second']
    const read = provider({ auth: { roleId: vault.roleId, secretId: async () => secretIds.shift() ?? '' } })
    await read(contextOf(clock))
    vault.tokens.clear()
    await read(contextOf(clock))
    expect(paths(vault).filter((path) => path.endsWith('login')).length).toBe(2)
    vault.tokens.clear()
    const error = await errorOf(Promise.resolve(read(contextOf(clock))))
    expect(error.message).toBe('Vault: auth.secretId must be printable ASCII without spaces, and not empty')
  })

  test('signs in once for concurrent calls', async () => {
    const { vault, provider, clock } = await vaultWith((vault) => vault.secretIds.set('secret-id', 1))
    const read = provider(appRole(vault))
    await Promise.all([read(contextOf(clock)), read(contextOf(clock)), read(contextOf(clock))])
    expect(paths(vault).filter((path) => path.endsWith('login')).length).toBe(1)
  })

  test('keeps a valid token if its renewal fails, and fails when its lease has ended', async () => {
    const { vault, provider, clock } = await vaultWith()
    const read = provider()
    const context = { ...contextOf(clock), disposed: AbortSignal.abort() }
    await read(context)
    await clock.advance(hourMs / 2)
    vault.faults.push({ status: 403, errors: ['permission denied'] })
    expect(await read(context)).toMatchObject({ accessKeyId: 'id-of-vault' })
    await clock.advance(hourMs / 2)
    expect(await errorOf(Promise.resolve(read(context)))).toMatchObject({
      message: 'Vault: reading secret/data/apps/r2 failed: permission denied (status 403)',
      status: 403,
    })
  })
})

describe('failures of Vault', () => {
  test.each<[string, (vault: FakeVault) => void, Partial<FromVaultOptions>, string, string]>([
    [
      'the token is unknown',
      (vault) => vault.tokens.clear(),
      {},
      'reading secret/data/apps/r2 failed: permission denied (status 403)',
      'policy permits',
    ],
    [
      'the secret does not exist',
      () => undefined,
      { path: 'apps/none' },
      'reading secret/data/apps/none failed: no reason was given (status 404)',
      'Check mount, path and namespace',
    ],
    [
      'the version was deleted',
      (vault) => vault.secrets.set('secret/apps/r2', [undefined]),
      {},
      'reading secret/data/apps/r2 failed: version 1 was deleted at 2026-01-02',
      'undelete',
    ],
    [
      'the field is missing',
      (vault) => vault.secrets.set('secret/apps/r2', [{ access_key: 'x', secret_access_key: 'y' }]),
      {},
      'the secret at secret/data/apps/r2 has no field "access_key_id"',
      'It has the fields "access_key", "secret_access_key". Pass fields with the name "access_key"',
    ],
    [
      'a field is no string',
      (vault) => vault.secrets.set('secret/apps/r2', [{ ...data, access_key_id: { a: 1 } }]),
      {},
      'the field "access_key_id" of secret/data/apps/r2 must be a string',
      '',
    ],
    [
      'a field has quotes',
      (vault) => vault.secrets.set('secret/apps/r2', [{ ...data, secret_access_key: `'${secretKey}'` }]),
      {},
      'Vault: the field secret_access_key of secret/data/apps/r2 must be printable ASCII without spaces, but it is in quotes',
      'Remove the quotes',
    ],
    [
      'the expiry is no date',
      (vault) => vault.secrets.set('secret/apps/r2', [{ ...data, expires_at: 'soon' }]),
      {},
      'the field "expires_at" of secret/data/apps/r2 must be a date',
      '',
    ],
    [
      'AppRole rejects the secret ID',
      () => undefined,
      { auth: { roleId: 'role', secretId: 'wrong-secret-id' } },
      'signing in at auth/approle/login failed: invalid role or secret ID (status 400)',
      'secret ID can expire',
    ],
    [
      'Vault redirects',
      (vault) => vault.faults.push({ status: 307, location: 'https://active:8200/v1' }),
      {},
      'redirects to https://active:8200/v1',
      'Set address',
    ],
    [
      'the response is a page',
      (vault) => vault.faults.push({ status: 200, raw: '{}' }, { status: 200, raw: '<html>' }),
      {},
      'reading secret/data/apps/r2 returned no secret',
      'KV version 2',
    ],
  ])('names path and reason, and never the token, if %s', async (_what, change, options, message, hint) => {
    const { vault, provider, clock } = await vaultWith()
    change(vault)
    const error = await errorOf(Promise.resolve(provider(options)(contextOf(clock))))
    expect(error).toMatchObject({ code: 'InvalidCredentials', field: 'credentials' })
    expect(error.message).toContain(message)
    expect(error.hint ?? '').toContain(hint)
    const printed = inspect(error, { showHidden: true, depth: 9 })
    for (const secret of [token, 'wrong-secret-id', 'fedcba']) expect(printed).not.toContain(secret)
  })

  test('masks a token that the server reflects', async () => {
    const { vault, provider, clock } = await vaultWith()
    vault.faults.push({ status: 403 }, { status: 400, errors: [`bad token ${token}\n\u001b[2J`] })
    expect((await errorOf(Promise.resolve(provider()(contextOf(clock))))).message).toBe(
      'Vault: reading secret/data/apps/r2 failed: bad token [REDACTED] \\u001b[2J (status 400)',
    )
  })

  test('tries again after a broken connection, an overload and a sealed server, three times in all', async () => {
    const { vault, provider, clock } = await vaultWith()
    vault.faults.push('reset', { status: 429, errors: ['rate limit'] })
    const read = () => throughPauses(clock, Promise.resolve(provider()(contextOf(clock))))
    expect(await read()).toMatchObject({ accessKeyId: 'id-of-vault' })
    vault.requests.length = 0
    vault.isSealed = true
    const error = await errorOf(read())
    expect(error.message).toContain('Vault is sealed (status 503)')
    expect(error.hint).toContain('Unseal it')
    expect(vault.requests).toHaveLength(3)
  })

  test('stops waiting for a server that does not respond after timeoutMs', async () => {
    const { vault, provider, clock } = await vaultWith()
    vault.faults.push('hang', 'hang', 'hang')
    const failed = errorOf(Promise.resolve(provider({ timeoutMs: 2_000 })(contextOf(clock))))
    for (let attempt = 1; attempt <= 3; attempt++) {
      await until(() => vault.requests.length === attempt)
      await clock.advance(2_000)
      await clock.advance(1_000)
    }
    expect(await failed).toMatchObject({ code: 'InvalidCredentials', cause: { code: 'Timeout' } })
  })

  test('ends a call, and its connection, when the client stops waiting', async () => {
    const { vault, provider, clock } = await vaultWith()
    vault.faults.push('hang')
    const source = resolveCredentials(provider(), clock)
    const failed = errorOf(Promise.resolve(source.current()))
    await until(() => vault.requests.length === 1)
    source.dispose()
    expect((await failed).code).toBe('ClientClosed')
    await closed(vault)
    expect(clock.timers).toBe(0)
  })
})

describe('the options of fromVault', () => {
  const good = { address: 'https://vault:8200', path: 'apps/r2', auth: { token }, environment: {} }
  test.each<[string, object, string, string]>([
    ['the address is missing', { address: undefined }, 'address', 'is missing'],
    ['the address is no URL', { address: 'vault:8200' }, 'address', 'must be a URL'],
    ['the address is plain HTTP to another machine', { address: 'http://vault:8200' }, 'address', 'is plain HTTP'],
    ['the address has a password', { address: 'https://a:b@vault' }, 'address', 'must not contain'],
    ['authentication is missing', { auth: undefined }, 'auth', 'is missing'],
    ['the path has the mount and data/', { path: 'secret/data/apps/r2' }, 'path', 'must not begin with secret/data/'],
    ['the path has dots', { path: 'apps/../root' }, 'path', 'must be a path'],
    ['an option is unknown', { adress: 'x' }, 'adress', 'is not'],
    ['a field of auth is unknown', { auth: { roleId: 'a', secretID: 'b' } }, 'auth.secretID', 'is not'],
    ['a time limit is a text', { timeoutMs: '5s' }, 'timeoutMs', 'must be a number'],
  ])('are rejected before any request, and show no secret, if %s', (_what, change, field, message) => {
    let error: unknown
    try {
      fromVault({ ...good, ...change })
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ code: 'InvalidConfig', field })
    expect((error as Error).message).toContain(message)
    expect(inspect(error)).not.toContain(token)
  })
})
