import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromEnvironment } from './credentials/index.js'
import { isR2Error } from './errors/index.js'
import { explainPresignedUrl, type PresignUrlInput, presignUrl } from './presign.js'
import { RequestSigner } from './signing/index.js'
import { presignWithSigner } from './signing/presigning.js'

const accountId = '0123456789abcdef0123456789abcdef'
const nowMs = Date.UTC(2026, 2, 4, 5, 6, 7, 890)
const keyPair = { accessKeyId: 'a'.repeat(32), secretAccessKey: 'b'.repeat(64) }
const input: PresignUrlInput = {
  accountId,
  credentials: keyPair,
  method: 'GET',
  bucket: 'photos',
  key: 'cat.jpg',
  expiresInSeconds: 600,
  nowMs,
}

/** The field that `presignUrl` rejects. */
const rejectedField = (change: Partial<PresignUrlInput>): string | undefined => {
  try {
    presignUrl({ ...input, ...change })
    return undefined
  } catch (error) {
    if (!isR2Error(error, 'InvalidPresign')) throw error
    return error.field
  }
}

describe('presignUrl', () => {
  test('puts the algorithm, the signature and the requested expiry into the URL', () => {
    const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    const bucket = fc.stringMatching(/^[a-z0-9]([a-z0-9]-?){1,20}[a-z0-9]$/)
    fc.assert(
      fc.property(bucket, key, fc.integer({ min: 60, max: 604_800 }), (bucket, key, expiresInSeconds) => {
        fc.pre(!key.includes('\0'))
        const { url, expiresAt } = presignUrl({ ...input, bucket, key, expiresInSeconds })
        const parameters = new URLSearchParams(url.slice(url.indexOf('?')))
        expect(parameters.get('X-Amz-Algorithm')).toBe('AWS4-HMAC-SHA256')
        expect(parameters.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/)
        expect(parameters.get('X-Amz-Expires')).toBe(String(expiresInSeconds))
        expect(expiresAt.getTime()).toBe(Date.UTC(2026, 2, 4, 5, 6, 7) + expiresInSeconds * 1000)
        expect(presignUrl({ ...input, bucket, key, expiresInSeconds }).url).toBe(url)
      }),
    )
  })

  test('makes the same URL as the signer with cached keys', () => {
    const headers = { 'content-type': 'image/jpeg', 'if-none-match': '*' }
    const { url } = presignUrl({
      ...input,
      method: 'PUT',
      key: 'a b/ü',
      contentType: 'image/jpeg',
      headers: { 'If-None-Match': '*' },
      query: { partNumber: '1' },
    })
    const signed = presignWithSigner(
      new RequestSigner(),
      {
        method: 'PUT',
        origin: `https://${accountId}.r2.cloudflarestorage.com`,
        path: '/photos/a%20b/%C3%BC',
        query: [['partNumber', '1']],
        headers,
      },
      keyPair,
      { expiresInSeconds: 600, nowMs },
    )
    expect(url).toBe(signed)
  })

  test('signs the content type of a PUT, and returns it as a header to send', () => {
    const { url, headers, method } = presignUrl({ ...input, method: 'PUT', contentType: 'image/jpeg' })
    expect(new URL(url).searchParams.get('X-Amz-SignedHeaders')).toBe('content-type;host')
    expect(headers).toEqual({ 'content-type': 'image/jpeg' })
    expect(method).toBe('PUT')
  })

  test('puts the session token of temporary credentials into the URL', () => {
    const { url } = presignUrl({ ...input, credentials: { ...input.credentials, sessionToken: 'to/k+n=' } })
    expect(new URL(url).searchParams.get('X-Amz-Security-Token')).toBe('to/k+n=')
  })

  test.each([
    [{}, `https://${accountId}.r2.cloudflarestorage.com/photos/cat.jpg`],
    [{ jurisdiction: 'eu' }, `https://${accountId}.eu.r2.cloudflarestorage.com/photos/cat.jpg`],
    [{ addressing: 'virtual-host' }, `https://photos.${accountId}.r2.cloudflarestorage.com/cat.jpg`],
    [{ endpoint: 'http://127.0.0.1:9000/' }, 'http://127.0.0.1:9000/photos/cat.jpg'],
    [{ endpoint: 'http://[::1]:9000' }, 'http://[::1]:9000/photos/cat.jpg'],
  ] as const)('for %j makes a URL that begins with %s', (change, start) => {
    expect(presignUrl({ ...input, ...change }).url.split('?')[0]).toBe(start)
  })

  test('starts the validity now by default', () => {
    const before = Math.floor(Date.now() / 1000) * 1000
    const { nowMs: _, ...withoutTime } = input
    const expiresAt = presignUrl(withoutTime).expiresAt.getTime()
    expect(expiresAt).toBeGreaterThanOrEqual(before + 600_000)
    expect(expiresAt).toBeLessThanOrEqual(Date.now() + 600_000)
  })
})

describe('presignUrl, given invalid input,', () => {
  test.each<[string, Partial<PresignUrlInput>]>([
    ['expiresInSeconds', { expiresInSeconds: 59 }],
    ['expiresInSeconds', { expiresInSeconds: 604_801 }],
    ['expiresInSeconds', { expiresInSeconds: 60.5 }],
    ['expiresInSeconds', { expiresInSeconds: Number.NaN }],
    ['method', { method: 'DELETE' }],
    ['method', { method: 'HEAD' }],
    ['bucket', { bucket: 'Photos' }],
    ['bucket', { bucket: 'a--b' }],
    ['bucket', { bucket: '192.168.0.1' }],
    ['bucket', { bucket: '../other' }],
    ['bucket', { bucket: 'photos\n' }],
    ['key', { key: '' }],
    ['key', { key: 'ü'.repeat(513) }],
    ['key', { key: 'a\0b' }],
    ['key', { key: '\ud800' }],
    ['contentType', { contentType: 'image/png' }],
    ['contentType', { method: 'PUT', contentType: 'text/html' }],
    ['contentType', { method: 'PUT', contentType: ' Text/HTML ; charset=utf-8' }],
    ['contentType', { method: 'PUT', contentType: 'TEXT/javascript' }],
    ['contentType', { method: 'PUT', contentType: 'application/javascript; a=b' }],
    ['contentType', { method: 'PUT', contentType: 'image/png\r\nx: y' }],
    ['contentType', { method: 'PUT', contentType: '' }],
    ['accountId', { accountId: 'example.com/' }],
    ['accountId', { accountId: undefined }],
    ['endpoint', { endpoint: 'ftp://host' }],
    ['addressing', { endpoint: 'http://127.0.0.1:9000', addressing: 'virtual-host' }],
    ['addressing', { endpoint: 'http://[::1]', addressing: 'virtual-host' }],
    ['endpoint', { endpoint: 'https://user:password@host' }],
    ['endpoint', { endpoint: 'https://host/path?query' }],
    ['credentials', { credentials: undefined as never }],
    ['credentials.secretAccessKey', { credentials: { accessKeyId: 'a', secretAccessKey: '' } }],
    ['credentials.sessionToken', { credentials: { ...input.credentials, sessionToken: 'a b' } }],
  ])('names %s as the wrong field of %j', (field, change) => {
    expect(rejectedField(change)).toBe(field)
  })

  test('shows no secret in its error', () => {
    const secretAccessKey = 'the-secret'
    try {
      presignUrl({ ...input, credentials: { accessKeyId: '', secretAccessKey } })
      expect.unreachable()
    } catch (error) {
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain(secretAccessKey)
    }
  })
})

describe('presignUrl, with adjusted limits,', () => {
  test.each<Partial<PresignUrlInput>>([
    { expiresInSeconds: 5, minExpirationSeconds: 1 },
    { method: 'DELETE', allowedMethods: ['DELETE'] },
    { method: 'PUT', contentType: 'text/html; charset=utf-8', allowedContentTypes: ['text/html'] },
    { bucket: 'a--b', bucketNames: 'r2' },
    { key: 'ü'.repeat(512) },
    { expiresInSeconds: 604_800 },
    { expiresInSeconds: 60 },
  ])('accepts %j', (change) => {
    expect(rejectedField(change)).toBeUndefined()
  })

  test('accepts only the script type that allowedContentTypes names', () => {
    const change = { method: 'PUT', contentType: 'text/javascript', allowedContentTypes: ['text/html'] } as const
    expect(rejectedField(change)).toBe('contentType')
  })
})

test.each([
  { expiresInSeconds: -3, minExpirationSeconds: -5 },
  { expiresInSeconds: 0, minExpirationSeconds: 0 },
  { expiresInSeconds: 700_000, maxExpirationSeconds: 1e9 },
  { expiresInSeconds: 100, minExpirationSeconds: Number.NaN },
  { expiresInSeconds: 100, minExpirationSeconds: 200, maxExpirationSeconds: 100 },
])('no limits permit what R2 rejects: %o', (limits) => {
  const credentials = { accessKeyId: 'a'.repeat(32), secretAccessKey: 'b'.repeat(64) }
  const input = { endpoint: 'http://localhost:9000', credentials, method: 'GET', bucket: 'photos', key: 'a' } as const
  expect(() => presignUrl({ ...input, ...limits })).toThrow(
    expect.objectContaining({ code: 'InvalidPresign', field: expect.stringMatching(/^m(in|ax)ExpirationSeconds$/) }),
  )
})

test('accepts the secrets that the client accepts and that providers return', async () => {
  const text = { accessKeyId: 'a'.repeat(32), secretAccessKey: 'b'.repeat(64), sessionToken: 'token' }
  const { accessKeyId: R2_ACCESS_KEY_ID, secretAccessKey: R2_SECRET_ACCESS_KEY } = text
  const environment = { R2_ACCESS_KEY_ID, R2_SECRET_ACCESS_KEY, R2_SESSION_TOKEN: text.sessionToken }
  const credentials = await fromEnvironment({ environment })()
  const { url } = presignUrl({ ...input, credentials, nowMs })
  expect(url).toBe(presignUrl({ ...input, credentials: text, nowMs }).url)
  expect(explainPresignedUrl({ url, method: 'GET', credentials, nowMs }).problems).toEqual([])
})
