import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sha256Hex } from '#hash'
import { RequestSigner, type RequestToSign } from './index.js'
import { presignWithSigner } from './presigning.js'

const credentials = { accessKeyId: 'a'.repeat(32), secretAccessKey: 'b'.repeat(64) }
const emptyHash = sha256Hex('')
const noon = Date.UTC(2026, 2, 4, 12)

const get = (headers: Record<string, string> = {}): RequestToSign => ({
  method: 'GET',
  path: '/bucket/key',
  query: '',
  headers: { host: 'account.r2.cloudflarestorage.com', ...headers },
})

const authorizationOf = (signer: RequestSigner, who = credentials, nowMs = noon, request = get()): string => {
  signer.sign(request, who, emptyHash, nowMs)
  return request.headers.authorization ?? ''
}

describe('RequestSigner.sign', () => {
  test('makes the same signature for the same input, with a fresh signer and with a cached key', () => {
    const path = fc.webPath().map((text) => `/bucket${text}`)
    const body = fc.string()
    const time = fc.integer({ min: 0, max: Date.UTC(2099, 0) })
    const signer = new RequestSigner()
    fc.assert(
      fc.property(path, body, time, (path, body, nowMs) => {
        const signed = [signer, signer, new RequestSigner()].map((each) => {
          const request = { ...get(), path }
          each.sign(request, credentials, sha256Hex(body), nowMs)
          return request.headers
        })
        expect(signed[1]).toEqual(signed[0])
        expect(signed[2]).toEqual(signed[0])
      }),
    )
  })

  test('does not sign headers that proxies and HTTP libraries rewrite', () => {
    const request = get({
      'user-agent': 'r2kit',
      'accept-encoding': 'gzip',
      connection: 'keep-alive',
      'content-length': '3',
      expect: '100-continue',
      traceparent: '00-1-2-03',
      'content-type': 'text/plain',
      'content-md5': 'x',
      range: 'bytes=0-1',
      'if-match': '"e"',
      'cf-create-bucket-if-missing': 'true',
      'x-amz-meta-a': 'b',
    })
    expect(authorizationOf(new RequestSigner(), credentials, noon, request)).toContain(
      'SignedHeaders=cf-create-bucket-if-missing;content-md5;content-type;host;if-match;range;x-amz-content-sha256;x-amz-date;x-amz-meta-a,',
    )
  })

  test('replaces an earlier signature and its session token', () => {
    const signer = new RequestSigner()
    const request = get()
    signer.sign(request, { ...credentials, sessionToken: 'token' }, emptyHash, noon)
    expect(request.headers['x-amz-security-token']).toBe('token')
    expect(request.headers.authorization).toContain('x-amz-security-token')
    expect(authorizationOf(signer, credentials, noon, request)).toBe(authorizationOf(signer))
    expect(request.headers).not.toHaveProperty('x-amz-security-token')
  })

  test('makes the same signature within a second, and another in the next second', () => {
    const signer = new RequestSigner()
    expect(authorizationOf(signer, credentials, noon + 999)).toBe(authorizationOf(signer, credentials, noon))
    expect(authorizationOf(signer, credentials, noon + 1000)).not.toBe(authorizationOf(signer, credentials, noon))
  })
})

describe('RequestSigner, caching keys,', () => {
  const beforeMidnight = Date.UTC(2026, 11, 31, 23, 59, 59)
  const afterMidnight = Date.UTC(2027, 0, 1, 0, 0, 1)

  test('reuses a key and counts the reuses', () => {
    const signer = new RequestSigner()
    for (let count = 0; count < 5; count++) authorizationOf(signer)
    expect(signer.keyCacheHits).toBe(4)
  })

  test('uses the key of the day of each signature, in any order of days', () => {
    const signer = new RequestSigner()
    for (const nowMs of [beforeMidnight, afterMidnight, beforeMidnight, afterMidnight]) {
      const authorization = authorizationOf(signer, credentials, nowMs)
      expect(authorization).toBe(authorizationOf(new RequestSigner(), credentials, nowMs))
      expect(authorization).toContain(nowMs === beforeMidnight ? '/20261231/' : '/20270101/')
    }
    expect(signer.keyCacheHits).toBe(2)
  })

  test('does not use the old key after a rotation under the same access key ID', () => {
    const signer = new RequestSigner()
    const rotated = { ...credentials, secretAccessKey: 'c'.repeat(64) }
    const old = authorizationOf(signer)
    expect(authorizationOf(signer, rotated)).not.toBe(old)
    expect(authorizationOf(signer, rotated)).toBe(authorizationOf(new RequestSigner(), rotated))
    expect(signer.keyCacheHits).toBe(1)
  })

  test('caches a bounded number of keys, and derives an evicted key again', () => {
    const signer = new RequestSigner()
    const first = authorizationOf(signer)
    for (let count = 0; count < 100; count++) {
      authorizationOf(signer, { ...credentials, secretAccessKey: String(count) })
    }
    expect(signer.keyCacheHits).toBe(0)
    expect(authorizationOf(signer)).toBe(first)
    expect(signer.keyCacheHits).toBe(0)
  })

  test('shows neither keys nor secrets when it is printed', async () => {
    const { inspect } = await import('node:util')
    const signer = new RequestSigner()
    authorizationOf(signer)
    for (const text of [inspect(signer, { depth: 9, showHidden: true }), JSON.stringify(signer), String(signer)]) {
      expect(text).not.toContain(credentials.secretAccessKey)
    }
  })

  test('throws ClientClosed after dispose instead of signing with zeros', () => {
    const signer = new RequestSigner()
    authorizationOf(signer)
    signer.dispose()
    expect(() => authorizationOf(signer)).toThrow(expect.objectContaining({ code: 'ClientClosed' }))
    expect(() =>
      presignWithSigner(signer, { method: 'GET', origin: 'https://host', path: '/b/k' }, credentials, {
        expiresInSeconds: 60,
        nowMs: noon,
      }),
    ).toThrow(expect.objectContaining({ code: 'ClientClosed' }))
  })
})
