import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parsePresignedQuery } from '#test/support/presigned-pieces.js'
import { canonicalQuery, encodeKeyPath } from '../base/encode.js'
import {
  canonicalQueryFromRaw,
  parseAmzDate,
  parseAuthorization,
  parseCredential,
  parseSignedHeaders,
  type RawRequest,
  RequestSigner,
  SignatureVerifier,
  signaturesEqual,
} from './index.js'
import { presignWithSigner } from './presigning.js'

const credentials = { accessKeyId: 'a'.repeat(32), secretAccessKey: 'b'.repeat(64) }
const host = 'localhost:9000'
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 })
const signedRequest = fc
  .record({
    method: fc.constantFrom('GET', 'PUT', 'DELETE'),
    key: text,
    query: fc.array(fc.tuple(text, text), { maxLength: 3 }),
    value: fc.stringMatching(/^[ -~]{0,20}$/),
    presigned: fc.boolean(),
  })
  .map(({ method, key, query, value, presigned }): RawRequest => {
    const path = `/bucket/${encodeKeyPath(key)}`
    const headers: Record<string, string> = { host, 'x-amz-meta-a': value }
    const signer = new RequestSigner()
    const nowMs = Date.UTC(2026, 0, 1)
    if (presigned) {
      const extra = { 'x-amz-meta-a': value }
      const request = { method, origin: `http://${host}`, path, query, headers: extra }
      const url = presignWithSigner(signer, request, credentials, { expiresInSeconds: 60, nowMs })
      return { method, path, query: url.slice(url.indexOf('?') + 1), headers }
    }
    const request = { method, path, query: canonicalQuery(query), headers }
    signer.sign(request, credentials, 'UNSIGNED-PAYLOAD', nowMs)
    return request
  })

const verifier = new SignatureVerifier()

const holds = (request: RawRequest, secretAccessKey = credentials.secretAccessKey): boolean => {
  const { authorization } = request.headers
  const pieces =
    typeof authorization === 'string' ? parseAuthorization(authorization) : parsePresignedQuery(request.query)
  const amzDate = request.headers['x-amz-date'] ?? parsePresignedQuery(request.query).date
  const credential = parseCredential(pieces.credential ?? '')
  if (typeof credential === 'number') throw new Error('the credential has too few parts')
  const { signature } = verifier.expectedSignature(
    request,
    {
      credential,
      amzDate: String(amzDate),
      signedHeaders: parseSignedHeaders(pieces.signedHeaders ?? ''),
      payloadHash: 'UNSIGNED-PAYLOAD',
    },
    secretAccessKey,
  )
  return signaturesEqual(signature, pieces.signature ?? '')
}

describe('SignatureVerifier', () => {
  test('accepts a signature made with the secret, and rejects one made with another', () => {
    fc.assert(
      fc.property(signedRequest, (request) => {
        expect(holds(request)).toBe(true)
        expect(holds(request, 'c'.repeat(64))).toBe(false)
      }),
    )
  })

  test('rejects the signature of a request that was changed on its way', () => {
    const changes: ((request: RawRequest) => RawRequest)[] = [
      (request) => ({ ...request, method: `${request.method}X` }),
      (request) => ({ ...request, path: `${request.path}x` }),
      (request) => ({ ...request, query: request.query === '' ? 'x=' : `${request.query}&x=` }),
      (request) => ({ ...request, headers: { ...request.headers, host: 'elsewhere' } }),
      (request) => ({ ...request, headers: { ...request.headers, 'x-amz-meta-a': 'another value, and a long one' } }),
    ]
    fc.assert(
      fc.property(signedRequest, fc.constantFrom(...changes), (request, change) => {
        expect(holds(change(request))).toBe(false)
      }),
    )
  })

  test('joins the values of a repeated header with commas', () => {
    const expected = (values: string | string[]) =>
      verifier.expectedSignature(
        { method: 'GET', path: '/', query: '', headers: { host, a: values } },
        {
          credential: { ...credentials, day: '20260101', region: 'auto', service: 's3', termination: 'aws4_request' },
          amzDate: '20260101T000000Z',
          signedHeaders: ['a', 'host'],
          payloadHash: 'UNSIGNED-PAYLOAD',
        },
        credentials.secretAccessKey,
      ).canonicalRequest
    expect(expected([' x ', 'y'])).toBe(expected('x,y'))
  })

  test('computes correct signatures for any number of invented regions', () => {
    const fresh = new SignatureVerifier()
    const request = { method: 'GET', path: '/', query: '', headers: { host } }
    const signatureIn = (region: string, by = fresh) =>
      by.expectedSignature(
        request,
        {
          credential: { accessKeyId: 'a', day: '20260101', region, service: 's3', termination: 'aws4_request' },
          amzDate: '20260101T000000Z',
          signedHeaders: ['host'],
          payloadHash: 'UNSIGNED-PAYLOAD',
        },
        's',
      ).signature
    const first = signatureIn('auto')
    for (let count = 0; count < 40; count++) {
      expect(signatureIn(`region-${count}`)).toBe(signatureIn(`region-${count}`, new SignatureVerifier()))
    }
    expect(signatureIn('auto')).toBe(first)
  })
})

describe('parsing a signed request', () => {
  test('accepts an Authorization header with its parts in any order and without spaces', () => {
    const pieces = { algorithm: 'AWS4-HMAC-SHA256', credential: 'a/b', signedHeaders: 'host;x', signature: 'f0' }
    expect(parseAuthorization('AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host;x, Signature=f0')).toEqual(pieces)
    expect(parseAuthorization('AWS4-HMAC-SHA256 Signature=f0,SignedHeaders=host;x,Credential=a/b')).toEqual(pieces)
  })

  test('returns undefined for absent parts', () => {
    expect(parseAuthorization('Bearer abc')).toEqual({
      algorithm: 'Bearer',
      credential: undefined,
      signedHeaders: undefined,
      signature: undefined,
    })
    expect(parseAuthorization('')).toMatchObject({ algorithm: '', credential: undefined })
    expect(parsePresignedQuery('prefix=a').credential).toBeUndefined()
    expect(parsePresignedQuery('X-Amz-Expires=&X-Amz-Credential=a%2Fb')).toMatchObject({
      expires: '',
      credential: 'a/b',
    })
  })

  test('requires five parts in a credential, and assigns further slashes to the access key ID', () => {
    const scope = { day: '20260101', region: 'auto', service: 's3', termination: 'aws4_request' }
    expect(parseCredential('id/20260101/auto/s3/aws4_request')).toEqual({ accessKeyId: 'id', ...scope })
    expect(parseCredential('i/d/20260101/auto/s3/aws4_request')).toEqual({ accessKeyId: 'i/d', ...scope })
    expect(parseCredential('id/20260101/auto/s3')).toBe(4)
    expect(parseCredential('')).toBe(1)
  })

  test('accepts dates of one form only, which must be real dates', () => {
    expect(parseAmzDate('20260304T050607Z')).toBe(Date.UTC(2026, 2, 4, 5, 6, 7))
    for (const wrong of ['2026-03-04T05:06:07Z', '20260304T050607', '20260230T000000Z', '20260304T250000Z', '', 'x']) {
      expect(parseAmzDate(wrong)).toBeUndefined()
    }
  })

  test('decodes a query once, encodes it again and sorts it, without the signature', () => {
    expect(canonicalQueryFromRaw('b=2&a=x%20y&a=%2F&X-Amz-Signature=f&c&d=p+q&e=a/b&f=%zz')).toBe(
      'a=%2F&a=x%20y&b=2&c=&d=p%20q&e=a%2Fb&f=%25zz',
    )
  })

  test('compares signatures as equal only if they are the same text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(signaturesEqual(a, b)).toBe(a === b)
        expect(signaturesEqual(a, a)).toBe(true)
      }),
    )
    expect(signaturesEqual('aa', 'a')).toBe(false)
    expect(signaturesEqual('', 'a')).toBe(false)
  })
})

test.each(['constructor', '__proto__', 'valueOf', 'toString'])(
  'SignatureVerifier treats a signed header with the name %s, a property of every object, as absent',
  (name) => {
    const claims = {
      credential: { accessKeyId: 'a', day: '20260101', region: 'auto', service: 's3', termination: 'aws4_request' },
      amzDate: '20260101T000000Z',
      signedHeaders: ['host', name],
      payloadHash: 'UNSIGNED-PAYLOAD',
    }
    const request = { method: 'GET', path: '/b/k', query: '', headers: { host: 'localhost' } }
    const { canonicalRequest } = new SignatureVerifier().expectedSignature(request, claims, 'secret')
    expect(canonicalRequest).toContain(`host:localhost\n${name}:\n`)
  },
)
