import { presignWithSigner, RequestSigner } from 'r2kit/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawR2, type RawR2, type RawRequestOptions } from '#test/support/raw-r2.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { defaultCredentials } from './credentials.js'

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

/** In R2's order of checks: several of the requests would also fail a later check. */
describe('authentication by header rejects a request', () => {
  const rows: readonly (readonly [what: string, RawRequestOptions, status: number, code: string, message: string])[] = [
    ['without any authentication', { unsigned: true }, 400, 'InvalidArgument', 'Authorization'],
    [
      'without the payload hash',
      { alteredHeaders: { 'x-amz-content-sha256': undefined, 'x-amz-date': undefined } },
      400,
      'InvalidRequest',
      'Missing x-amz-content-sha256',
    ],
    [
      'without a date',
      { alteredHeaders: { 'x-amz-date': undefined, authorization: 'junk' } },
      400,
      'InvalidArgument',
      'No date provided in x-amz-date nor date header',
    ],
    [
      'with a date in an unsupported format',
      { alteredHeaders: { 'x-amz-date': '2026-01-15', authorization: 'junk' } },
      400,
      'InvalidArgument',
      "Date provided in 'x-amz-date' header (2026-01-15) didn't parse successfully",
    ],
    [
      'with an HTTP date',
      { alteredHeaders: { 'x-amz-date': undefined, date: 'Thu, 15 Jan 2026 12:00:00 GMT' } },
      400,
      'InvalidArgument',
      "Date provided in 'date' header (Thu, 15 Jan 2026 12:00:00 GMT) didn't parse successfully",
    ],
    [
      'with a clock that is 16 minutes behind',
      { signedAtMs: clock.now() - 16 * 60_000, alteredHeaders: { authorization: 'junk' } },
      403,
      'RequestTimeTooSkewed',
      "The difference between the request time and the server's time is too large.",
    ],
    [
      'with a clock that is 16 minutes ahead',
      { signedAtMs: clock.now() + 16 * 60_000 },
      403,
      'RequestTimeTooSkewed',
      "The difference between the request time and the server's time is too large.",
    ],
    [
      'with Signature Version 2, even if other headers are missing',
      {
        alteredHeaders: {
          authorization: 'AWS key:signature',
          'x-amz-content-sha256': undefined,
          'x-amz-date': undefined,
        },
      },
      401,
      'Unauthorized',
      'SigV2 authorization is not supported. Please use SigV4 instead.',
    ],
    [
      'with another authorization scheme',
      { alteredHeaders: { authorization: 'Bearer token' } },
      400,
      'InvalidRequest',
      'Please use AWS4-HMAC-SHA256',
    ],
    [
      'with another algorithm of Signature Version 4',
      { alteredHeaders: { authorization: authorization(`${key}/${scope}`).replace('HMAC', 'ECDSA') } },
      400,
      'InvalidRequest',
      'Please use AWS4-HMAC-SHA256',
    ],
    [
      'without a signature',
      { alteredHeaders: { authorization: `AWS4-HMAC-SHA256 Credential=${key}/${scope}, SignedHeaders=host` } },
      400,
      'InvalidRequest',
      'Please use AWS4-HMAC-SHA256',
    ],
    [
      'with too few parts in the credential',
      { alteredHeaders: { authorization: authorization(`${key}/auto/s3`) } },
      400,
      'InvalidArgument',
      'Credential sigv4 header should have at least 5 slash-separated parts, not 3',
    ],
    [
      'for another service',
      { alteredHeaders: { authorization: authorization(`${key}/20260115/auto/iam/aws4_request`) } },
      400,
      'InvalidArgument',
      'Credential service should be s3, not iam',
    ],
    [
      'with another termination string',
      { alteredHeaders: { authorization: authorization(`${key}/20260115/auto/s3/aws5_request`) } },
      400,
      'InvalidArgument',
      'Credential termination string should be aws4_request, not aws5_request',
    ],
    [
      'with an access key id of another length',
      { alteredHeaders: { authorization: authorization(`AKIAIOSFODNN7EXAMPLE/${scope}`) } },
      400,
      'InvalidArgument',
      'Credential access key has length 20, should be 32',
    ],
    [
      'with an access key id that additional slashes make too long',
      { alteredHeaders: { authorization: authorization(`a/${key}/${scope}`) } },
      400,
      'InvalidArgument',
      'Credential access key has length 34, should be 32',
    ],
    [
      'with the scope of another day',
      { alteredHeaders: { authorization: authorization(`${key}/20260114/auto/s3/aws4_request`) } },
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
      'with an unknown access key id',
      { alteredHeaders: { authorization: authorization(`${'f'.repeat(32)}/${scope}`) } },
      401,
      'Unauthorized',
      'Unauthorized',
    ],
    [
      'without a signed host',
      { alteredHeaders: { authorization: authorization(`${key}/${scope}`, 'x-amz-date') } },
      401,
      'Unauthorized',
      'Unauthorized',
    ],
    [
      'with an unknown session token',
      { credentials: { ...defaultCredentials, sessionToken: 'token' } },
      400,
      'InvalidArgument',
      'X-Amz-Security-Token',
    ],
    [
      'with a body other than the signed one',
      { body: 'one', payloadHash: 'a'.repeat(64) },
      400,
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    ],
    [
      'with individually signed chunks',
      { payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' },
      501,
      'NotImplemented',
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD not implemented',
    ],
    [
      'with individually signed chunks and a trailer',
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

  test('signed with another secret, and returns its own canonical request for comparison', async () => {
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

  test('before it looks up the bucket', async () => {
    const credentials = { ...defaultCredentials, secretAccessKey: 'f'.repeat(64) }
    expect((await r2.send('GET', '/no-such-bucket/key', { credentials })).code).toBe('SignatureDoesNotMatch')
  })

  test('without a response body if the method is HEAD', async () => {
    const reply = await r2.send('HEAD', '/bucket/key', { unsigned: true })
    expect([reply.status, reply.text]).toEqual([400, ''])
  })
})

describe('authentication by header accepts a request', () => {
  test.each(['auto', 'us-east-1', 'weur', ''])('for the region "%s"', async (region) => {
    expect((await r2.send('HEAD', '/bucket', { region })).status).toBe(200)
  })

  test('with a basic ISO date in the date header', async () => {
    // The date was moved after signing, so the signature cannot match; the error shows that the date was parsed.
    const reply = await r2.send('GET', '/bucket', {
      alteredHeaders: { 'x-amz-date': undefined, date: '20260115T120000Z' },
    })
    expect(reply.code).toBe('SignatureDoesNotMatch')
  })

  test('with UNSIGNED-PAYLOAD in place of a payload hash', async () => {
    const reply = await r2.send('PUT', '/bucket/unsigned-payload', { body: 'text', payloadHash: 'UNSIGNED-PAYLOAD' })
    expect(reply.status).toBe(200)
  })

  test('with the session token of the server, and requires it', async () => {
    const credentials = { ...defaultCredentials, sessionToken: 'token' }
    await using other = await openRawR2({ credentials })
    expect((await other.send('GET', '/', { credentials })).status).toBe(200)
    expect((await other.send('GET', '/', { credentials: defaultCredentials })).message).toBe('X-Amz-Security-Token')
  })
})

/** R2 decodes the path and encodes it again before it computes the signature. */
describe('signature verification', () => {
  const [raw, encoded] = ["/bucket/a!b*c'(d)@e", '/bucket/a%21b%2Ac%27%28d%29%40e']
  const presign = (path: string) =>
    presignWithSigner(
      new RequestSigner(),
      { method: 'GET', origin: r2.endpoint, path, headers: { host: `127.0.0.1:${r2.port}` }, query: [] },
      defaultCredentials,
      { expiresInSeconds: 300, nowMs: clock.now() },
    )

  test('accepts reserved characters sent raw if they were signed percent-encoded', async () => {
    expect((await r2.send('PUT', encoded, { sentPath: raw, body: 'text' })).status).toBe(200)
    expect((await r2.send('GET', encoded, { sentPath: raw })).text).toBe('text')
    expect((await r2.fetchUrl(presign(encoded).replace(encoded, raw))).text).toBe('text')
  })

  test('rejects reserved characters that were signed raw, whether sent raw or encoded', async () => {
    for (const sentPath of [raw, encoded]) {
      const reply = await r2.send('GET', raw, { sentPath })
      expect([reply.status, reply.code]).toEqual([403, 'SignatureDoesNotMatch'])
      expect((await r2.fetchUrl(presign(raw).replace(raw, sentPath))).code).toBe('SignatureDoesNotMatch')
    }
  })

  test('shows the path percent-encoded in the error document', async () => {
    const { text } = await r2.send('GET', raw)
    expect(text).toContain(`<CanonicalRequest>GET&#10;${encoded}&#10;`)
    expect(text).toContain(`<CanonicalRequestBytes>47 45 54 0a 2f 62 75 63 6b 65 74 2f 61 25 32 31 62 `)
  })
})

describe('authentication by presigned URL', () => {
  const presign = (method: 'GET' | 'PUT' = 'GET', expiresInSeconds = 300, signedAtMs = clock.now()) =>
    presignWithSigner(
      new RequestSigner(),
      { method, origin: r2.endpoint, path: '/bucket/presigned', headers: { host: `127.0.0.1:${r2.port}` }, query: [] },
      defaultCredentials,
      { expiresInSeconds, nowMs: signedAtMs },
    )

  test('accepts writes and reads without an Authorization header', async () => {
    expect((await r2.fetchUrl(presign('PUT'), { method: 'PUT', body: 'text' })).status).toBe(200)
    expect((await r2.fetchUrl(presign())).text).toBe('text')
  })

  test('rejects Signature Version 2 with 401, without a body for HEAD', async () => {
    const url = `${r2.endpoint}/bucket/presigned?AWSAccessKeyId=${key}&Signature=c2lnbmF0dXJl&Expires=1893456000`
    const reply = await r2.fetchUrl(url)
    expect([reply.status, reply.code, reply.message]).toEqual([
      401,
      'Unauthorized',
      'SigV2 authorization is not supported. Please use SigV4 instead.',
    ])
    expect(await r2.fetchUrl(url, { method: 'HEAD' })).toMatchObject({ status: 401, text: '' })
    // A URL that lacks one of the parameters counts as unauthenticated.
    expect((await r2.fetchUrl(url.replace('Expires', 'expires'))).message).toBe('Authorization')
  })

  test('is ignored if the request has an Authorization header', async () => {
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
      'an expiry that is not a number',
      () => replace(presign(), 'X-Amz-Expires', 'long'),
      400,
      'InvalidArgument',
      /^X-Amz-Expires should be a number$/,
    ],
    [
      'an empty expiry',
      () => replace(presign(), 'X-Amz-Expires', ''),
      400,
      'InvalidArgument',
      /^X-Amz-Expires should be a number$/,
    ],
    [
      'an expiry over a week',
      () => replace(presign(), 'X-Amz-Expires', '604801'),
      400,
      'InvalidArgument',
      /^X-Amz-Expires must be less than a week/,
    ],
    [
      'an expiry of zero seconds',
      () => replace(presign(), 'X-Amz-Expires', '0'),
      403,
      'ExpiredRequest',
      /^Request has expired$/,
    ],
    [
      'an expiry that has passed',
      () => presign('GET', 300, clock.now() - 301_000),
      403,
      'ExpiredRequest',
      /^Request has expired$/,
    ],
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
    test(`rejects a URL with ${what}`, async () => {
      const reply = await r2.fetchUrl(url())
      expect([reply.status, reply.code]).toEqual([status, code])
      expect(reply.message).toMatch(message)
    })
  }
})
