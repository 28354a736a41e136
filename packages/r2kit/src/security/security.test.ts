import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../base/clock.js'
import { Credentials, describeRequest, redactUrl, resolveCredentials, revealSecret, Secret } from './index.js'

const accessKeyId = '0123456789abcdef0123456789abcdef'
const secretAccessKey = 'fedcba9876543210'.repeat(4)
const sessionToken = 'token/with+signs=='

/** A clock that a test sets. */
const clockAt = (nowMs: number): Clock & { nowMs: number } => ({
  nowMs,
  now() {
    return this.nowMs
  },
  monotonicMs: () => 0,
  after: () => ({ cancel: () => undefined }),
})

/** All the ways in which a program shows a value without meaning to. */
const shownForms = (value: object): string[] => [
  String(value),
  `${value}`,
  JSON.stringify({ value }),
  inspect(value),
  inspect({ deep: [value] }, { depth: 10, showHidden: true, getters: true }),
  JSON.stringify(Object.entries(value)),
  JSON.stringify({ ...value }),
  JSON.stringify(structuredClone({ ...value })),
]

describe('a secret', () => {
  test('is read by one function and shown by nothing', () => {
    const secret = new Secret(secretAccessKey)
    expect(revealSecret(secret)).toBe(secretAccessKey)
    for (const form of shownForms(secret)) expect(form).not.toContain('fedcba')
    expect(`${secret}`).toBe('[REDACTED]')
    expect(inspect(secret)).toBe('[REDACTED]')
  })

  test('is gone when it was let go of', () => {
    const secret = new Secret('abc')
    secret.forget()
    expect(revealSecret(secret)).toBe('')
  })
})

describe('credentials', () => {
  test('can sign, and show their id only', () => {
    const credentials = new Credentials({ accessKeyId, secretAccessKey, sessionToken })
    expect(credentials).toMatchObject({ accessKeyId, secretAccessKey, sessionToken })
    for (const form of shownForms(credentials)) {
      expect(form).not.toContain('fedcba')
      expect(form).not.toContain('token/')
    }
    expect(inspect(credentials)).toContain(accessKeyId)
  })

  test('may be given as secrets, which stay the caller’s', () => {
    const secret = new Secret(secretAccessKey)
    const credentials = new Credentials({ accessKeyId, secretAccessKey: secret })
    credentials.forget()
    expect(credentials.secretAccessKey).toBe('')
    expect(revealSecret(secret)).toBe(secretAccessKey)
  })

  const broken: [string, Record<string, unknown>][] = [
    ['accessKeyId', { accessKeyId: '' }],
    ['accessKeyId', { accessKeyId: 'a b' }],
    ['accessKeyId', { accessKeyId: 'a/b' }],
    ['accessKeyId', { accessKeyId: 'a\r\nx: y' }],
    ['accessKeyId', { accessKeyId: undefined }],
    ['accessKeyId', { accessKeyId: secretAccessKey, secretAccessKey: accessKeyId }],
    ['secretAccessKey', { secretAccessKey: '' }],
    ['secretAccessKey', { secretAccessKey: `${secretAccessKey}\n` }],
    ['secretAccessKey', { secretAccessKey: undefined }],
    ['sessionToken', { sessionToken: `${sessionToken}\r\nx: y` }],
    ['expiresAt', { expiresAt: new Date(Number.NaN) }],
  ]
  test.each(broken)('that break a rule are refused by field, and no value is shown: %s', (field, change) => {
    let error: unknown
    try {
      new Credentials({ accessKeyId, secretAccessKey, ...change })
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ code: 'InvalidCredentials', field: `credentials.${field}` })
    expect(inspect(error)).not.toContain('fedcba')
  })
})

describe('a source of credentials', () => {
  const expiring = (id: string, expiresAtMs: number) => ({
    accessKeyId: id,
    secretAccessKey,
    expiresAt: new Date(expiresAtMs),
  })
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

  test('with values has them at once, until it is disposed of', () => {
    const source = resolveCredentials({ accessKeyId, secretAccessKey }, clockAt(0))
    expect(source.current()).toMatchObject({ accessKeyId, secretAccessKey })
    source.dispose()
    expect(() => source.current()).toThrow(expect.objectContaining({ code: 'ClientClosed' }))
  })

  test('with malformed values says so before any request', () => {
    expect(() => resolveCredentials({ accessKeyId: '', secretAccessKey }, clockAt(0))).toThrow(
      expect.objectContaining({ code: 'InvalidCredentials' }),
    )
  })

  test('asks its provider once for all who wait, and not again where nothing expires', async () => {
    let asked = 0
    const source = resolveCredentials(async () => ({ accessKeyId: `id${++asked}`, secretAccessKey }), clockAt(0))
    const all = await Promise.all([source.current(), source.current(), source.current()])
    expect(all.map((credentials) => credentials.accessKeyId)).toEqual(['id1', 'id1', 'id1'])
    expect(source.current()).toMatchObject({ accessKeyId: 'id1' })
    expect(asked).toBe(1)
  })

  test('refreshes before expiry, once, while the old credentials still serve', async () => {
    const clock = clockAt(0)
    const hourMs = 3_600_000
    let asked = 0
    let response: (() => void) | undefined
    const source = resolveCredentials(async () => {
      if (++asked > 1)
        await new Promise<void>((resolve) => {
          response = resolve
        })
      return expiring(`id${asked}`, clock.nowMs + hourMs)
    }, clock)
    await source.current()
    clock.nowMs = hourMs - 5 * 60_000 - 1
    expect(source.current()).toMatchObject({ accessKeyId: 'id1' })
    expect(asked).toBe(1)
    clock.nowMs = hourMs - 5 * 60_000
    expect(source.current()).toMatchObject({ accessKeyId: 'id1' })
    expect(source.current()).toMatchObject({ accessKeyId: 'id1' })
    expect(asked).toBe(2)
    response?.()
    await settled()
    expect(source.current()).toMatchObject({ accessKeyId: 'id2' })
  })

  test('with credentials of a short life does not refresh on every call', async () => {
    const clock = clockAt(0)
    let asked = 0
    const source = resolveCredentials(() => expiring(`id${++asked}`, clock.nowMs + 60_000), clock)
    await source.current()
    clock.nowMs = 47_999
    expect(source.current()).toMatchObject({ accessKeyId: 'id1' })
    expect(asked).toBe(1)
    clock.nowMs = 48_000
    source.current()
    expect(asked).toBe(2)
  })

  test('whose refresh fails keeps the old credentials, tries again after a pause, and fails when they have expired', async () => {
    const clock = clockAt(0)
    let asked = 0
    const source = resolveCredentials(() => {
      if (++asked > 1) throw new Error('vault is sealed')
      return expiring('id1', 3_600_000)
    }, clock)
    await source.current()
    clock.nowMs = 3_500_000
    for (let call = 0; call < 3; call++) {
      expect(source.current()).toMatchObject({ accessKeyId: 'id1' })
      await settled()
    }
    expect(asked).toBe(2)
    clock.nowMs += 10_000
    expect(source.current()).toMatchObject({ accessKeyId: 'id1' })
    await settled()
    expect(asked).toBe(3)
    clock.nowMs = 3_600_000
    await expect(source.current()).rejects.toMatchObject({
      code: 'InvalidCredentials',
      cause: new Error('vault is sealed'),
    })
  })

  test('whose first try failed asks again at the next request', async () => {
    let asked = 0
    const source = resolveCredentials(async () => {
      if (++asked === 1) throw new Error('not yet')
      return { accessKeyId, secretAccessKey }
    }, clockAt(0))
    await expect(source.current()).rejects.toMatchObject({ code: 'InvalidCredentials' })
    await expect(source.current()).resolves.toMatchObject({ accessKeyId })
  })

  test('refuses credentials that have expired already', async () => {
    const source = resolveCredentials(() => expiring('id1', 999), clockAt(1000))
    await expect(source.current()).rejects.toMatchObject({
      code: 'InvalidCredentials',
      message: expect.stringContaining('expired'),
    })
  })

  test('that is disposed of while its provider works gives nothing away', async () => {
    let response: ((input: { accessKeyId: string; secretAccessKey: string }) => void) | undefined
    const source = resolveCredentials(
      () =>
        new Promise((resolve) => {
          response = resolve
        }),
      clockAt(0),
    )
    const waiting = Promise.resolve(source.current())
    source.dispose()
    response?.({ accessKeyId, secretAccessKey })
    await expect(waiting).rejects.toMatchObject({ code: 'ClientClosed' })
  })
})

describe('a described request', () => {
  const description = describeRequest({
    method: 'PUT',
    bucket: 'photos',
    key: 'cat.jpg',
    path: '/photos/cat.jpg',
    query:
      'X-Amz-Credential=id%2Fscope&X-Amz-Signature=abcdef&X-Amz-Security-Token=tok&x%2Damz%2Dsignature=abcdef&partNumber=1',
    contentLength: 5,
    headers: {
      host: 'h',
      authorization: 'AWS4-HMAC-SHA256 Signature=abcdef',
      'x-amz-security-token': 'tok',
      'x-amz-server-side-encryption-customer-algorithm': 'AES256',
      'x-amz-server-side-encryption-customer-key': 'c2VjcmV0',
      'x-amz-server-side-encryption-customer-key-md5': 'c2VjcmV0',
      'X-Amz-Copy-Source-Server-Side-Encryption-Customer-Key': 'c2VjcmV0',
      'x-amz-meta-long': 'x'.repeat(201),
      'x-amz-meta-binary': 'a\u0000b',
    },
  })

  test('has method, bucket, key, length and headers, and no secret', () => {
    expect(description).toEqual({
      method: 'PUT',
      bucket: 'photos',
      key: 'cat.jpg',
      path: '/photos/cat.jpg',
      query:
        'X-Amz-Credential=id%2Fscope&X-Amz-Signature=[REDACTED]&X-Amz-Security-Token=[REDACTED]&x%2Damz%2Dsignature=[REDACTED]&partNumber=1',
      contentLength: 5,
      headers: {
        host: 'h',
        authorization: '[REDACTED]',
        'x-amz-security-token': '[REDACTED]',
        'x-amz-server-side-encryption-customer-algorithm': 'AES256',
        'x-amz-server-side-encryption-customer-key': '[REDACTED]',
        'x-amz-server-side-encryption-customer-key-md5': '[REDACTED]',
        'X-Amz-Copy-Source-Server-Side-Encryption-Customer-Key': '[REDACTED]',
        'x-amz-meta-long': `${'x'.repeat(200)}… (201 characters)`,
        'x-amz-meta-binary': '[BINARY]',
      },
    })
  })

  test('leaves out what is not there', () => {
    expect(describeRequest({ method: 'GET', path: '/', query: '', headers: {} })).toEqual({
      method: 'GET',
      path: '/',
      headers: {},
    })
  })

  test('a URL loses its signature and its password, and no more', () => {
    expect(redactUrl('https://user:pass@host/b/k%2F?X-Amz-Expires=60&X-Amz-Signature=abc')).toBe(
      'https://host/b/k%2F?X-Amz-Expires=60&X-Amz-Signature=[REDACTED]',
    )
    expect(redactUrl('https://host/b/a@b')).toBe('https://host/b/a@b')
  })
})
