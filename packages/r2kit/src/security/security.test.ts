import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { VirtualClock } from '#test/support/virtual-clock.js'
import type { Clock } from '../base/clock.js'
import { describeRequest, redactUrl } from './describe-request.js'
import { type CredentialContext, Credentials, resolveCredentials, revealSecret, Secret } from './index.js'
import { ProvidedCredentials } from './provided-credentials.js'

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

/** The ways in which a program may print a value by accident. */
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

describe('Secret', () => {
  test('returns its value to revealSecret only, and prints a mask', () => {
    const secret = new Secret(secretAccessKey)
    expect(revealSecret(secret)).toBe(secretAccessKey)
    for (const form of shownForms(secret)) expect(form).not.toContain('fedcba')
    expect(`${secret}`).toBe('[REDACTED]')
    expect(inspect(secret)).toBe('[REDACTED]')
  })

  test('has no value after forget', () => {
    const secret = new Secret('abc')
    secret.forget()
    expect(revealSecret(secret)).toBe('')
  })
})

describe('Credentials', () => {
  test('return the secrets for signing, and print the access key ID only', () => {
    const credentials = new Credentials({ accessKeyId, secretAccessKey, sessionToken })
    expect(credentials).toMatchObject({ accessKeyId, secretAccessKey, sessionToken })
    for (const form of shownForms(credentials)) {
      expect(form).not.toContain('fedcba')
      expect(form).not.toContain('token/')
    }
    expect(inspect(credentials)).toContain(accessKeyId)
  })

  test('copy the secrets of the caller, so that forget does not affect them', () => {
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
    ['refreshAfter', { refreshAfter: 'tomorrow' }],
  ]
  test.each(broken)('reject an invalid %s, and show no value', (field, change) => {
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

describe('Credentials name the mistake, and not the value', () => {
  test.each([
    [
      'a line break of a paste',
      { secretAccessKey: `${secretAccessKey}\n` },
      ', but it begins or ends with a space or line break',
    ],
    ['a space before the ID', { accessKeyId: ` ${accessKeyId}` }, ', but it begins or ends with a space or line break'],
    ['quotes that a .env file has left', { secretAccessKey: `"${secretAccessKey}"` }, ', but it is in quotes'],
    ['single quotes around the token', { sessionToken: "'fedcba'" }, ', but it is in quotes'],
    ['an empty variable', { secretAccessKey: '' }, ', but it is empty'],
    ['a variable that is not set', { secretAccessKey: undefined }, ', but it is undefined'],
    ['a buffer', { secretAccessKey: Buffer.from('fedcba') }, ', but it is a Uint8Array'],
    ['a swapped pair', { accessKeyId: secretAccessKey, secretAccessKey: accessKeyId }, 'are swapped'],
  ])('for %s', (_what, change, message) => {
    const make = () => new Credentials({ accessKeyId, secretAccessKey, ...(change as object) })
    expect(make).toThrow(message)
    expect(make).not.toThrow('fedcba')
  })
})

describe('the credentials of a provider', () => {
  const expiring = (id: string, expiresAtMs: number) => ({
    accessKeyId: id,
    secretAccessKey,
    expiresAt: new Date(expiresAtMs),
  })
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

  test('returns fixed credentials without a promise until it is disposed', () => {
    const source = resolveCredentials({ accessKeyId, secretAccessKey }, clockAt(0))
    expect(source.current()).toMatchObject({ accessKeyId, secretAccessKey })
    source.dispose()
    expect(() => source.current()).toThrow(expect.objectContaining({ code: 'ClientClosed' }))
  })

  test('rejects malformed values before any request', () => {
    expect(() => resolveCredentials({ accessKeyId: '', secretAccessKey }, clockAt(0))).toThrow(
      expect.objectContaining({ code: 'InvalidCredentials' }),
    )
  })

  test('calls the provider once for concurrent requests, and not again if nothing expires', async () => {
    let calls = 0
    const source = new ProvidedCredentials(async () => ({ accessKeyId: `id${++calls}`, secretAccessKey }), clockAt(0))
    const all = await Promise.all([source.current(), source.current(), source.current()])
    expect(all.map((credentials) => credentials.accessKeyId)).toEqual(['id1', 'id1', 'id1'])
    expect(source.current()).toMatchObject({ accessKeyId: 'id1' })
    expect(calls).toBe(1)
  })

  test('refreshes once before expiry, and returns the old credentials meanwhile', async () => {
    const clock = clockAt(0)
    const hourMs = 3_600_000
    let calls = 0
    let response: (() => void) | undefined
    const source = new ProvidedCredentials(async () => {
      if (++calls > 1)
        await new Promise<void>((resolve) => {
          response = resolve
        })
      return expiring(`id${calls}`, clock.nowMs + hourMs)
    }, clock)
    await source.current()
    clock.nowMs = hourMs - 5 * 60_000 - 1
    expect(source.current()).toMatchObject({ accessKeyId: 'id1' })
    expect(calls).toBe(1)
    clock.nowMs = hourMs - 5 * 60_000
    expect(source.current()).toMatchObject({ accessKeyId: 'id1' })
    expect(source.current()).toMatchObject({ accessKeyId: 'id1' })
    expect(calls).toBe(2)
    response?.()
    await settled()
    expect(source.current()).toMatchObject({ accessKeyId: 'id2' })
  })

  test('does not refresh short-lived credentials on every call', async () => {
    const clock = clockAt(0)
    let calls = 0
    const source = new ProvidedCredentials(() => expiring(`id${++calls}`, clock.nowMs + 60_000), clock)
    await source.current()
    clock.nowMs = 47_999
    expect(source.current()).toMatchObject({ accessKeyId: 'id1' })
    expect(calls).toBe(1)
    clock.nowMs = 48_000
    source.current()
    expect(calls).toBe(2)
  })

  test('keeps the old credentials when a refresh fails, retries after a pause, and fails when they have expired', async () => {
    const clock = clockAt(0)
    let calls = 0
    const source = new ProvidedCredentials(() => {
      if (++calls > 1) throw new Error('vault is sealed')
      return expiring('id1', 3_600_000)
    }, clock)
    await source.current()
    clock.nowMs = 3_500_000
    for (let call = 0; call < 3; call++) {
      expect(source.current()).toMatchObject({ accessKeyId: 'id1' })
      await settled()
    }
    expect(calls).toBe(2)
    clock.nowMs += 10_000
    expect(source.current()).toMatchObject({ accessKeyId: 'id1' })
    await settled()
    expect(calls).toBe(3)
    clock.nowMs = 3_600_000
    await expect(source.current()).rejects.toMatchObject({
      code: 'InvalidCredentials',
      cause: new Error('vault is sealed'),
    })
  })

  test('calls the provider again at the next request if the first call failed', async () => {
    let calls = 0
    const source = new ProvidedCredentials(async () => {
      if (++calls === 1) throw new Error('not yet')
      return { accessKeyId, secretAccessKey }
    }, clockAt(0))
    await expect(source.current()).rejects.toMatchObject({ code: 'InvalidCredentials' })
    await expect(source.current()).resolves.toMatchObject({ accessKeyId })
  })

  test('rejects credentials that have expired already', async () => {
    const source = new ProvidedCredentials(() => expiring('id1', 999), clockAt(1000))
    await expect(source.current()).rejects.toMatchObject({
      code: 'InvalidCredentials',
      message: expect.stringContaining('expired'),
    })
  })

  test('never returns fixed credentials after their expiry', () => {
    const clock = clockAt(0)
    const source = resolveCredentials(expiring('id1', 1000), clock)
    clock.nowMs = 999
    expect(source.current()).toMatchObject({ accessKeyId: 'id1' })
    clock.nowMs = 1000
    expect(() => source.current()).toThrow(expect.objectContaining({ code: 'ExpiredToken' }))
  })

  test('calls the provider again at refreshAfter, and uses the old credentials without limit if that fails', async () => {
    const clock = clockAt(0)
    let calls = 0
    const source = new ProvidedCredentials(() => {
      if (++calls > 1) throw new Error('vault is sealed')
      return { accessKeyId: 'id1', secretAccessKey, refreshAfter: new Date(60_000) }
    }, clock)
    await source.current()
    clock.nowMs = 59_999
    expect(source.current()).toMatchObject({ accessKeyId: 'id1' })
    expect(calls).toBe(1)
    clock.nowMs = 60_000
    for (let call = 0; call < 3; call++) expect(source.current()).toMatchObject({ accessKeyId: 'id1' })
    await settled()
    expect(calls).toBe(2)
    clock.nowMs += 86_400_000
    expect(source.current()).toMatchObject({ accessKeyId: 'id1' })
    await settled()
    expect(calls).toBe(3)
  })

  test('stops waiting for a provider after 60 seconds, aborts its signal, and calls it again for the next request', async () => {
    const clock = new VirtualClock()
    const contexts: (CredentialContext | undefined)[] = []
    const source = new ProvidedCredentials((context) => {
      contexts.push(context)
      return contexts.length === 1 ? new Promise(() => undefined) : { accessKeyId, secretAccessKey }
    }, clock)
    const failed = Promise.resolve(source.current())
    failed.catch(() => undefined)
    await clock.advance(59_999)
    expect(contexts[0]?.signal.aborted).toBe(false)
    await clock.advance(1)
    await expect(failed).rejects.toThrow('it did not return within 60 seconds')
    expect(contexts[0]?.signal.aborted).toBe(true)
    expect(contexts[0]?.disposed.aborted).toBe(false)
    await expect(source.current()).resolves.toMatchObject({ accessKeyId })
    expect(clock.timers).toBe(0)
  })

  test('aborts the call of the provider when it is disposed, even if the provider ignores that', async () => {
    const clock = new VirtualClock()
    let context: CredentialContext | undefined
    const source = new ProvidedCredentials((given) => {
      context = given
      return new Promise(() => undefined)
    }, clock)
    const failed = Promise.resolve(source.current())
    source.dispose()
    await expect(failed).rejects.toMatchObject({ code: 'ClientClosed' })
    expect([context?.signal.aborted, context?.disposed.aborted]).toEqual([true, true])
    expect(clock.timers).toBe(0)
  })

  test('returns no credentials when it is disposed while the provider works', async () => {
    let response: ((input: { accessKeyId: string; secretAccessKey: string }) => void) | undefined
    const source = new ProvidedCredentials(
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

describe('describeRequest', () => {
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

  test('returns method, bucket, key, length and headers, without secrets', () => {
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

  test('omits absent fields', () => {
    expect(describeRequest({ method: 'GET', path: '/', query: '', headers: {} })).toEqual({
      method: 'GET',
      path: '/',
      headers: {},
    })
  })

  test('redactUrl removes the signature and the password of a URL, and nothing else', () => {
    expect(redactUrl('https://user:pass@host/b/k%2F?X-Amz-Expires=60&X-Amz-Signature=abc')).toBe(
      'https://host/b/k%2F?X-Amz-Expires=60&X-Amz-Signature=[REDACTED]',
    )
    expect(redactUrl('https://host/b/a@b')).toBe('https://host/b/a@b')
  })
})
