import { RequestSigner } from 'r2kit/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawR2, type RawR2, type RawRequestOptions } from '#test/support/raw-r2.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { defaultCredentials } from '../default-credentials.js'

const clock = new VirtualClock(Date.UTC(2026, 0, 15, 12))
let r2: RawR2

beforeAll(async () => {
  r2 = await openRawR2({ clock })
  await r2.send('PUT', '/bucket')
})
afterAll(() => r2[Symbol.asyncDispose]())

const scope = '20260115/auto/s3/aws4_request'
const authorization = (credential: string, signedHeaders = 'host;x-amz-content-sha256;x-amz-date') =>
  `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${'0'.repeat(64)}`
const key = defaultCredentials.accessKeyId

describe('a signed header is refused, in the order of the checks,', () => {
  const rows: readonly (readonly [what: string, RawRequestOptions, status: number, code: string, message: string])[] = [
    ['without any authentication', { unsigned: true }, 400, 'InvalidArgument', 'Authorization'],
    [
      'without the payload hash',
      { spoil: { 'x-amz-content-sha256': undefined, 'x-amz-date': undefined } },
      400,
      'InvalidRequest',
      'Missing x-amz-content-sha256',
    ],
    [
      'without a date',
      { spoil: { 'x-amz-date': undefined, authorization: 'junk' } },
      400,
      'InvalidArgument',
      'No date provided in x-amz-date nor date header',
    ],
    [
      'with a date in another form',
      { spoil: { 'x-amz-date': '2026-01-15', authorization: 'junk' } },
      400,
      'InvalidArgument',
      "Date provided in 'x-amz-date' header (2026-01-15) didn't parse successfully",
    ],
    [
      'with an HTTP date',
      { spoil: { 'x-amz-date': undefined, date: 'Thu, 15 Jan 2026 12:00:00 GMT' } },
      400,
      'InvalidArgument',
      "Date provided in 'date' header (Thu, 15 Jan 2026 12:00:00 GMT) didn't parse successfully",
    ],
    [
      'with a clock that is 16 minutes late',
      { signedAtMs: clock.now() - 16 * 60_000, spoil: { authorization: 'junk' } },
      403,
      'RequestTimeTooSkewed',
      "The difference between the request time and the server's time is too large.",
    ],
    [
      'with a clock that is 16 minutes early',
      { signedAtMs: clock.now() + 16 * 60_000 },
      403,
      'RequestTimeTooSkewed',
      "The difference between the request time and the server's time is too large.",
    ],
    [
      'with Signature Version 2, whatever else is missing',
      { spoil: { authorization: 'AWS key:signature', 'x-amz-content-sha256': undefined, 'x-amz-date': undefined } },
      401,
      'Unauthorized',
      'SigV2 authorization is not supported. Please use SigV4 instead.',
    ],
    [
      'with another scheme',
      { spoil: { authorization: 'Bearer token' } },
      400,
      'InvalidRequest',
      'Please use AWS4-HMAC-SHA256',
    ],
    [
      'with another algorithm of the fourth version',
      { spoil: { authorization: authorization(`${key}/${scope}`).replace('HMAC', 'ECDSA') } },
      400,
      'InvalidRequest',
      'Please use AWS4-HMAC-SHA256',
    ],
    [
      'without a signature',
      { spoil: { authorization: `AWS4-HMAC-SHA256 Credential=${key}/${scope}, SignedHeaders=host` } },
      400,
      'InvalidRequest',
      'Please use AWS4-HMAC-SHA256',
    ],
    [
      'with a short credential',
      { spoil: { authorization: authorization(`${key}/auto/s3`) } },
      400,
      'InvalidArgument',
      'Credential sigv4 header should have at least 5 slash-separated parts, not 3',
    ],
    [
      'for another service',
      { spoil: { authorization: authorization(`${key}/20260115/auto/iam/aws4_request`) } },
      400,
      'InvalidArgument',
      'Credential service should be s3, not iam',
    ],
    [
      'with another terminator',
      { spoil: { authorization: authorization(`${key}/20260115/auto/s3/aws5_request`) } },
      400,
      'InvalidArgument',
      'Credential termination string should be aws4_request, not aws5_request',
    ],
    [
      'with a key id of another length',
      { spoil: { authorization: authorization(`AKIAIOSFODNN7EXAMPLE/${scope}`) } },
      400,
      'InvalidArgument',
      'Credential access key has length 20, should be 32',
    ],
    [
      'with slashes that make the key id longer',
      { spoil: { authorization: authorization(`a/${key}/${scope}`) } },
      400,
      'InvalidArgument',
      'Credential access key has length 34, should be 32',
    ],
    [
      'with a scope of another day',
      { spoil: { authorization: authorization(`${key}/20260114/auto/s3/aws4_request`) } },
      400,
      'InvalidArgument',
      "Credential signed date 20260114 does not match 20260115 from 'x-amz-date' header",
    ],
    [
      'for a region that R2 does not have',
      { region: 'eu-central-1' },
      400,
      'InvalidRegionName',
      "The region name 'eu-central-1' is not valid. Must be one of: wnam, enam, weur, eeur, apac, oc, auto",
    ],
    [
      'with an unknown key id',
      { spoil: { authorization: authorization(`${'f'.repeat(32)}/${scope}`) } },
      401,
      'Unauthorized',
      'Unauthorized',
    ],
    [
      'without a signed host',
      { spoil: { authorization: authorization(`${key}/${scope}`, 'x-amz-date') } },
      401,
      'Unauthorized',
      'Unauthorized',
    ],
    [
      'with a session token that nobody issued',
      { credentials: { ...defaultCredentials, sessionToken: 'token' } },
      400,
      'InvalidArgument',
      'X-Amz-Security-Token',
    ],
    [
      'for another body than was signed',
      { body: 'one', payloadHash: 'a'.repeat(64) },
      400,
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    ],
    [
      'for chunks that are signed one by one',
      { payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' },
      501,
      'NotImplemented',
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD not implemented',
    ],
    [
      'for signed chunks with a trailer',
      { payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER' },
      501,
      'NotImplemented',
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER not implemented',
    ],
  ]
  for (const [what, request, status, code, message] of rows) {
    test(what, async () => {
      const reply = await r2.send('PUT', '/bucket/key', request)
      expect([reply.status, reply.code, reply.message]).toEqual([status, code, message])
    })
  }

  test('with another secret, and the response shows what was signed', async () => {
    const credentials = { ...defaultCredentials, secretAccessKey: 'f'.repeat(64) }
    const reply = await r2.send('GET', '/bucket/key', { credentials })
    expect([reply.status, reply.code]).toEqual([403, 'SignatureDoesNotMatch'])
    expect(reply.text).toMatch(/<\/Message><StringToSign>AWS4-HMAC-SHA256&#10;20260115T120000Z&#10;/)
    expect(reply.text).toMatch(/<StringToSignBytes>41 57 53 34 /)
    expect(reply.text).toMatch(/<CanonicalRequest>GET&#10;\/bucket\/key&#10;/)
    expect(reply.text).toMatch(
      /<CanonicalRequestBytes>47 45 54 0a .*<SignatureProvided>[0-9a-f]{64}<\/SignatureProvided><\/Error>$/,
    )
  })

  test('before anybody learns whether the bucket exists', async () => {
    const credentials = { ...defaultCredentials, secretAccessKey: 'f'.repeat(64) }
    expect((await r2.send('GET', '/no-such-bucket/key', { credentials })).code).toBe('SignatureDoesNotMatch')
  })

  test('and a HEAD gets the status without a body', async () => {
    const reply = await r2.send('HEAD', '/bucket/key', { unsigned: true })
    expect([reply.status, reply.text]).toEqual([400, ''])
  })
})

describe('a signed header is accepted', () => {
  test.each(['auto', 'us-east-1', 'weur', ''])('for the region "%s"', async (region) => {
    expect((await r2.send('HEAD', '/bucket', { region })).status).toBe(200)
  })

  test('with a basic ISO date in the date header', async () => {
    // Signed with x-amz-date, then moved: the signature cannot match, but the date was read.
    const reply = await r2.send('GET', '/bucket', { spoil: { 'x-amz-date': undefined, date: '20260115T120000Z' } })
    expect(reply.code).toBe('SignatureDoesNotMatch')
  })

  test('without a hash of the body', async () => {
    const reply = await r2.send('PUT', '/bucket/unsigned-payload', { body: 'text', payloadHash: 'UNSIGNED-PAYLOAD' })
    expect(reply.status).toBe(200)
  })

  test('with a session token that the server was started with', async () => {
    const credentials = { ...defaultCredentials, sessionToken: 'token' }
    await using other = await openRawR2({ credentials })
    expect((await other.send('GET', '/', { credentials })).status).toBe(200)
    expect((await other.send('GET', '/', { credentials: defaultCredentials })).message).toBe('X-Amz-Security-Token')
  })
})

describe('the path is verified decoded and encoded again, as on R2,', () => {
  const [raw, encoded] = ["/bucket/a!b*c'(d)@e", '/bucket/a%21b%2Ac%27%28d%29%40e']
  const presign = (path: string) =>
    new RequestSigner().presign(
      { method: 'GET', origin: r2.endpoint, path, headers: { host: `127.0.0.1:${r2.port}` }, query: [] },
      defaultCredentials,
      { expiresInSeconds: 300, nowMs: clock.now() },
    )

  test('so that reserved characters may stand raw on the wire when they are signed encoded', async () => {
    expect((await r2.send('PUT', encoded, { sentPath: raw, body: 'text' })).status).toBe(200)
    expect((await r2.send('GET', encoded, { sentPath: raw })).text).toBe('text')
    expect((await r2.fetchUrl(presign(encoded).replace(encoded, raw))).text).toBe('text')
  })

  test('so that they do not match when they are signed raw, however they are sent', async () => {
    for (const sentPath of [raw, encoded]) {
      const reply = await r2.send('GET', raw, { sentPath })
      expect([reply.status, reply.code]).toEqual([403, 'SignatureDoesNotMatch'])
      expect((await r2.fetchUrl(presign(raw).replace(raw, sentPath))).code).toBe('SignatureDoesNotMatch')
    }
  })

  test('and the error shows the path in that form', async () => {
    const { text } = await r2.send('GET', raw)
    expect(text).toContain(`<CanonicalRequest>GET&#10;${encoded}&#10;`)
    expect(text).toContain(`<CanonicalRequestBytes>47 45 54 0a 2f 62 75 63 6b 65 74 2f 61 25 32 31 62 `)
  })
})

describe('a presigned URL', () => {
  const presign = (method: 'GET' | 'PUT' = 'GET', expiresInSeconds = 300, signedAtMs = clock.now()) =>
    new RequestSigner().presign(
      { method, origin: r2.endpoint, path: '/bucket/presigned', headers: { host: `127.0.0.1:${r2.port}` }, query: [] },
      defaultCredentials,
      { expiresInSeconds, nowMs: signedAtMs },
    )

  test('writes and reads without an Authorization header', async () => {
    expect((await r2.fetchUrl(presign('PUT'), { method: 'PUT', body: 'text' })).status).toBe(200)
    expect((await r2.fetchUrl(presign())).text).toBe('text')
  })

  test('of Signature Version 2 is 401, and HEAD has no body', async () => {
    const url = `${r2.endpoint}/bucket/presigned?AWSAccessKeyId=${key}&Signature=c2lnbmF0dXJl&Expires=1893456000`
    const reply = await r2.fetchUrl(url)
    expect([reply.status, reply.code, reply.message]).toEqual([
      401,
      'Unauthorized',
      'SigV2 authorization is not supported. Please use SigV4 instead.',
    ])
    expect(await r2.fetchUrl(url, { method: 'HEAD' })).toMatchObject({ status: 401, text: '' })
    // Without all of its parameters it is a request without authentication.
    expect((await r2.fetchUrl(url.replace('Expires', 'expires'))).message).toBe('Authorization')
  })

  test('loses against an Authorization header', async () => {
    const reply = await r2.fetchUrl(presign(), { headers: { authorization: 'junk' } })
    expect(reply.message).toBe('Missing x-amz-content-sha256')
  })

  const remove = (url: string, name: string) => url.replace(new RegExp(`${name}=[^&]*&?`), '').replace(/&$/, '')
  const replace = (url: string, name: string, value: string) =>
    url.replace(new RegExp(`${name}=[^&]*`), `${name}=${value}`)

  const rows: readonly (readonly [what: string, url: () => string, status: number, code: string, message: RegExp])[] = [
    [
      'one parameter missing',
      () => remove(presign(), 'X-Amz-Expires'),
      400,
      'InvalidArgument',
      /^Required search parameter X-Amz-Expires missing$/,
    ],
    [
      'two parameters missing',
      () => remove(remove(presign(), 'X-Amz-Expires'), 'X-Amz-Date'),
      400,
      'InvalidArgument',
      /^Required search parameters X-Amz-Date, {2}X-Amz-Expires missing$/,
    ],
    [
      'another algorithm',
      () => replace(presign(), 'X-Amz-Algorithm', 'AWS4-ECDSA'),
      400,
      'InvalidRequest',
      /^Please use AWS4-HMAC-SHA256$/,
    ],
    [
      'a malformed date',
      () => replace(presign(), 'X-Amz-Date', 'today'),
      400,
      'InvalidArgument',
      /^Date provided in X-Amz-Date \(today\) didn't parse successfully$/,
    ],
    [
      'a lifetime that is no number',
      () => replace(presign(), 'X-Amz-Expires', 'long'),
      400,
      'InvalidArgument',
      /^X-Amz-Expires should be a number$/,
    ],
    [
      'an empty lifetime',
      () => replace(presign(), 'X-Amz-Expires', ''),
      400,
      'InvalidArgument',
      /^X-Amz-Expires should be a number$/,
    ],
    [
      'a lifetime over a week',
      () => replace(presign(), 'X-Amz-Expires', '604801'),
      400,
      'InvalidArgument',
      /^X-Amz-Expires must be less than a week/,
    ],
    [
      'a lifetime of nothing',
      () => replace(presign(), 'X-Amz-Expires', '0'),
      403,
      'ExpiredRequest',
      /^Request has expired$/,
    ],
    ['its time over', () => presign('GET', 300, clock.now() - 301_000), 403, 'ExpiredRequest', /^Request has expired$/],
    [
      'no signed host',
      () => replace(presign(), 'X-Amz-SignedHeaders', 'x-amz-date'),
      401,
      'Unauthorized',
      /^Unauthorized$/,
    ],
    [
      'another signature',
      () => replace(presign(), 'X-Amz-Signature', '0'.repeat(64)),
      403,
      'SignatureDoesNotMatch',
      /^The request signature/,
    ],
    ['another method', () => presign('PUT'), 403, 'SignatureDoesNotMatch', /^The request signature/],
  ]
  for (const [what, url, status, code, message] of rows) {
    test(`is refused with ${what}`, async () => {
      const reply = await r2.fetchUrl(url())
      expect([reply.status, reply.code]).toEqual([status, code])
      expect(reply.message).toMatch(message)
    })
  }
})
