import { formatAmzDate, presignWithSigner, RequestSigner, SignatureVerifier } from 'r2kit/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { elementsOf, openRawR2, type RawR2 } from '#test/support/raw-r2.js'
import { defaultCredentials } from './credentials.js'

let r2: RawR2
beforeAll(async () => {
  r2 = await openRawR2()
  await r2.send('PUT', '/bucket')
  await r2.send('PUT', '/bucket/secret', { body: 'secret' })
})
afterAll(() => r2[Symbol.asyncDispose]())

const presign = (method: 'GET' | 'PUT', path: string, fields: Record<string, string> = {}) =>
  presignWithSigner(
    new RequestSigner(),
    { method, origin: r2.endpoint, path, headers: { host: `127.0.0.1:${r2.port}`, ...fields }, query: [] },
    defaultCredentials,
    { expiresInSeconds: 300, nowMs: Date.now() },
  )

const accessDenied = { status: 403, code: 'AccessDenied' }
const message = 'There were headers present in the request which were not signed'

/** Headers that change what a request does, each with a valid value. */
const effectiveHeaders: Readonly<Record<string, string>> = {
  'x-amz-copy-source': '/bucket/secret',
  'x-amz-meta-name': 'value',
  'x-amz-acl': 'private',
  'x-amz-storage-class': 'STANDARD_IA',
  'x-amz-checksum-crc32': 'AAAAAA==',
  'x-amz-security-token': 'token',
  'x-amz-unknown': '1',
  'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==',
  'cf-create-bucket-if-missing': 'true',
  'cf-copy-destination-if-none-match': '*',
  'cf-prefix': 'a',
}

describe.each(Object.entries(effectiveHeaders))('the unsigned header %s: %s', (name, value) => {
  test('is rejected and named if the request is signed by header', async () => {
    const reply = await r2.send('PUT', '/bucket/target', { alteredHeaders: { [name]: value } })
    expect(reply).toMatchObject({ ...accessDenied, message })
    expect(elementsOf(reply.text, 'HeadersNotSigned')).toEqual([name])
  })

  test('is rejected beside a presigned URL, and nothing is stored', async () => {
    const url = presign('PUT', '/bucket/target')
    const reply = await r2.fetchUrl(url, { method: 'PUT', headers: { [name]: value }, body: 'text' })
    expect(reply).toMatchObject({ ...accessDenied, message })
    expect((await r2.send('HEAD', '/bucket/target')).status).toBe(404)
  })
})

test('AccessDenied lists all unsigned headers in alphabetical order', async () => {
  const alteredHeaders = { 'x-amz-b': '1', 'x-amz-a': '1', 'content-md5': 'x' }
  const { text } = await r2.send('GET', '/bucket/secret', { alteredHeaders })
  expect(elementsOf(text, 'HeadersNotSigned')).toEqual(['content-md5, x-amz-a, x-amz-b'])
})

test('a wrong signature is reported before an unsigned header', async () => {
  const credentials = { ...defaultCredentials, secretAccessKey: 'f'.repeat(64) }
  const reply = await r2.send('GET', '/bucket/secret', { credentials, alteredHeaders: { 'x-amz-acl': 'private' } })
  expect(reply.code).toBe('SignatureDoesNotMatch')
})

describe('the check of unsigned headers accepts', () => {
  test('a copy source that a presigned URL covers', async () => {
    const headers = { 'x-amz-copy-source': '/bucket/secret' }
    const reply = await r2.fetchUrl(presign('PUT', '/bucket/copy', headers), { method: 'PUT', headers })
    expect(reply.status).toBe(200)
    expect((await r2.send('GET', '/bucket/copy')).text).toBe('secret')
  })

  test('unsigned headers that proxies, browsers and libraries add', async () => {
    const headers = {
      'cf-ray': '1',
      'cf-connecting-ip': '127.0.0.1',
      'x-amzn-trace-id': 'Root=1',
      'amz-sdk-request': 'attempt=1',
      'content-type': 'text/plain',
      'user-agent': 'test',
      'x-forwarded-for': '127.0.0.1',
    }
    expect((await r2.fetchUrl(presign('PUT', '/bucket/plain'), { method: 'PUT', headers, body: 'x' })).status).toBe(200)
    expect((await r2.send('GET', '/bucket/plain', { alteredHeaders: headers })).status).toBe(200)
  })

  test('an unlisted x-amz-content-sha256, because the signature covers its value in any case', async () => {
    const host = `127.0.0.1:${r2.port}`
    const amzDate = formatAmzDate(Date.now())
    const day = amzDate.slice(0, 8)
    const fields = { host, 'x-amz-date': amzDate }
    const payloadHash = 'UNSIGNED-PAYLOAD'
    const credential = {
      ...{ accessKeyId: defaultCredentials.accessKeyId, day, region: 'auto', service: 's3' },
      termination: 'aws4_request',
    }
    const { signature } = new SignatureVerifier().expectedSignature(
      { method: 'GET', path: '/bucket/secret', query: '', headers: fields },
      { credential, amzDate, signedHeaders: ['host', 'x-amz-date'], payloadHash },
      defaultCredentials.secretAccessKey,
    )
    const authorization = `AWS4-HMAC-SHA256 Credential=${credential.accessKeyId}/${day}/auto/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`
    const signed = await r2.fetchUrl(`${r2.endpoint}/bucket/secret`, {
      headers: { ...fields, 'x-amz-content-sha256': payloadHash, authorization },
    })
    expect([signed.status, signed.text]).toEqual([200, 'secret'])
    const reply = await r2.fetchUrl(presign('GET', '/bucket/secret'), {
      headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    })
    expect(reply.status).toBe(200)
  })
})

test('an unlisted x-amz-content-sha256 of another value is rejected beside a presigned URL', async () => {
  const headers = { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' }
  const reply = await r2.fetchUrl(presign('PUT', '/bucket/plain'), { method: 'PUT', headers, body: '0\r\n\r\n' })
  expect(reply).toMatchObject(accessDenied)
})
