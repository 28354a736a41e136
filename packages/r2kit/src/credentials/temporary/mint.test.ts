import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { errorOf } from '#test/support/results.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { resolveCredentials, revealSecret, type Secret } from '../../security/index.js'
import { fromParentKey, type TemporaryCredentialsOptions, temporaryCredentials } from '../index.js'

const accountId = 'a'.repeat(32)
const parent = { accessKeyId: '0123456789abcdef0123456789abcdef', secretAccessKey: 'fedcba9876543210'.repeat(4) }
const nowMs = Date.UTC(2026, 0, 1, 12, 0, 0, 999)

/** The recipe of R2's documentation (r2/examples/authenticate-r2-temp-credentials), with the JWT library that it uses. */
const recipe = async ({
  jurisdiction,
  bucket,
  scope,
  actions,
  prefixes,
  objects,
  ttlSeconds = 900,
}: TemporaryCredentialsOptions) => {
  const issuedAt = Math.floor(nowMs / 1000)
  const claims = {
    bucket,
    scope: scope ?? 'object-read-only',
    ...(actions && { actions }),
    ...((prefixes || objects) && { paths: { prefixPaths: prefixes ?? [], objectPaths: objects ?? [] } }),
  }
  const jwt = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(accountId)
    .setIssuer(parent.accessKeyId)
    .setAudience(new URL(`https://${accountId}${jurisdiction ? `.${jurisdiction}` : ''}.r2.cloudflarestorage.com`).host)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ttlSeconds)
    .sign(new TextEncoder().encode(parent.secretAccessKey))
  return {
    accessKeyId: parent.accessKeyId,
    secretAccessKey: createHash('sha256').update(jwt).digest('hex'),
    sessionToken: btoa(`jwt/${jwt}`),
    expiresAt: new Date((issuedAt + ttlSeconds) * 1000),
  }
}

describe('temporaryCredentials', () => {
  test('makes the same credentials as the recipe of the R2 documentation with its JWT library', async () => {
    const path = fc.string({ unit: fc.constantFrom('a', '/', 'ü', '🦊', '"', '\\', ' '), minLength: 1, maxLength: 8 })
    const options = fc.record(
      {
        bucket: fc.constantFrom('photos', 'a--b', '0-9'),
        jurisdiction: fc.constantFrom('eu' as const, 'fedramp' as const),
        scope: fc.constantFrom('object-read-write' as const, 'admin-read-only' as const),
        actions: fc.subarray(['GetObject', 'HeadObject', 'PutObject'] as const, { minLength: 1 }),
        prefixes: fc.array(path, { minLength: 1, maxLength: 3 }),
        objects: fc.array(path, { minLength: 1, maxLength: 3 }),
        ttlSeconds: fc.integer({ min: 1, max: 604_800 }),
      },
      { requiredKeys: ['bucket'] },
    )
    await fc.assert(
      fc.asyncProperty(options, async (given) => {
        const input = { ...given, accountId, parent }
        expect(temporaryCredentials(input, nowMs)).toEqual(await recipe(input))
      }),
      { numRuns: 50 },
    )
  })

  test('makes a token that the JWT library verifies with the secret of the parent, until it expires', async () => {
    const { sessionToken, expiresAt } = temporaryCredentials(
      { accountId, parent, bucket: 'photos', ttlSeconds: 60 },
      nowMs,
    )
    const jwt = atob(sessionToken).replace(/^jwt\//, '')
    const key = new TextEncoder().encode(parent.secretAccessKey)
    const { payload } = await jwtVerify(jwt, key, { currentDate: new Date(expiresAt.getTime() - 1000) })
    expect(decodeProtectedHeader(jwt)).toEqual({ alg: 'HS256', typ: 'JWT' })
    expect(payload).toEqual({
      bucket: 'photos',
      scope: 'object-read-only',
      sub: accountId,
      iss: parent.accessKeyId,
      aud: `${accountId}.r2.cloudflarestorage.com`,
      iat: Date.UTC(2026, 0, 1, 12) / 1000,
      exp: Date.UTC(2026, 0, 1, 12, 1) / 1000,
    })
    await expect(jwtVerify(jwt, key, { currentDate: expiresAt })).rejects.toThrow('exp')
    await expect(jwtVerify(jwt, new TextEncoder().encode('other'), { currentDate: new Date(nowMs) })).rejects.toThrow(
      'signature',
    )
  })

  test.each<[string, Partial<TemporaryCredentialsOptions> | object, string]>([
    ['the account ID', { accountId: 'abc' }, 'accountId'],
    ['the bucket', { bucket: 'A/b' }, 'bucket'],
    ['the scope', { scope: 'read' }, 'scope'],
    ['an action', { actions: ['GetObjekt'] }, 'actions[0]'],
    ['a life above seven days', { ttlSeconds: 604_801 }, 'ttlSeconds'],
    ['an empty list of prefixes, which would permit every key', { prefixes: [] }, 'prefixes'],
    ['an unknown option', { ttl: 5 }, 'ttl'],
    ['a parent without a secret', { parent: { accessKeyId: 'id' } }, 'credentials.secretAccessKey'],
    ['a parent that is temporary itself', { parent: { ...parent, sessionToken: 'token' } }, 'credentials'],
  ])('rejects %s, and shows no secret', (_what, change, field) => {
    let error: unknown
    try {
      temporaryCredentials({ accountId, parent, bucket: 'photos', ...change }, nowMs)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ name: 'R2Error', field })
    expect(inspect(error, { showHidden: true })).not.toContain('fedcba')
  })
})

describe('fromParentKey', () => {
  test('makes new credentials before the old ones expire, from the parent of a provider', async () => {
    const clock = new VirtualClock()
    let calls = 0
    const provider = fromParentKey({
      accountId,
      bucket: 'photos',
      ttlSeconds: 100,
      parent: async () => {
        calls++
        return parent
      },
    })
    const source = resolveCredentials(provider, clock)
    const first = await source.current()
    expect(first.expiresAt).toEqual(new Date(clock.now() + 100_000))
    await clock.advance(79_999)
    expect(await source.current()).toBe(first)
    await clock.advance(1)
    await source.current()
    await clock.advance(0)
    const second = await source.current()
    expect(second.sessionToken).not.toBe(first.sessionToken)
    expect(calls).toBe(2)
  })

  test('returns secrets that a log does not show, and fails with the error of the parent', async () => {
    const found = await fromParentKey({ accountId, bucket: 'photos', parent })()
    expect(revealSecret(found.sessionToken as Secret)).toMatch(/^and0/)
    expect(inspect(found)).not.toContain(revealSecret(found.secretAccessKey as Secret))
    const missing = fromParentKey({
      accountId,
      bucket: 'photos',
      parent: async () => ({ accessKeyId: '', secretAccessKey: '' }),
    })
    expect((await errorOf(Promise.resolve(missing()))).field).toBe('credentials.accessKeyId')
  })
})
