import { describe, expect, test } from 'vitest'
import { md5 } from '#md5'
import { type FakeResponse, fakeClient, streamOf } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { hexFromBytes, utf8Bytes } from '../../base/bytes.js'
import type { ErrorCode } from '../../errors/index.js'
import { errorTable } from '../../errors/index.js'
import type { R2Client } from '../../r2-client.js'
import type { CorsRule } from '../../xml/documents.js'

const object = { bucket: 'photos', key: 'cat.jpg' }
const once = { maxAttempts: 1 }
const document = (code: string, message = 'said R2') =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`

/** The error of a call that receives this response. */
const errorAfter = (
  response: FakeResponse,
  call = (r2: R2Client): Promise<unknown> => r2.objects.get(object, once),
) => {
  // The HEAD that resolves an unknown outcome finds no object.
  let first = ''
  const { r2, clock } = fakeClient(({ method }) => {
    first ||= method
    return method === 'HEAD' && first !== 'HEAD' ? { status: 404 } : response
  })
  return clock.run(errorOf(call(r2)))
}

describe('error documents', () => {
  const known = Object.entries(errorTable).flatMap(([code, entry]) =>
    ('s3Codes' in entry ? [...entry.s3Codes] : []).map((s3Code) => [s3Code, code] as const),
  )

  test('an access key ID of another length becomes InvalidCredentials, which explains the two lengths', async () => {
    const body = document('InvalidArgument', 'Credential access key has length 40, should be 32')
    const error = await errorAfter({ status: 400, body })
    expect(error).toMatchObject({
      code: 'InvalidCredentials',
      s3Code: 'InvalidArgument',
      status: 400,
      retryable: false,
    })
    expect(error.hint).toContain('has 32 characters and its secret 64')
  })

  test.each(known)('the S3 code %s becomes %s', async (s3Code, code) => {
    const error = await errorAfter({ status: 400, body: document(s3Code), headers: { 'cf-ray': 'ray-1' } })
    expect(error).toMatchObject({
      code,
      s3Code,
      status: 400,
      // For a wrong clock, the message has the difference instead of the server's text.
      ...(code === 'ClockSkewed' ? {} : { message: 'said R2' }),
      requestId: 'ray-1',
      operation: 'GetObject',
      attempts: 1,
      ...object,
    })
    expect(error.kind).toBe(errorTable[code as ErrorCode].kind)
  })

  test('the status of an unknown S3 code decides whether the request is retried', async () => {
    expect(await errorAfter({ status: 503, body: document('NewTrouble') })).toMatchObject({
      code: 'ServiceUnavailable',
      s3Code: 'NewTrouble',
      retryable: true,
    })
    expect(await errorAfter({ status: 418, body: document('Teapot') })).toMatchObject({
      code: 'BadRequest',
      s3Code: 'Teapot',
      retryable: false,
    })
  })

  test('an error document that streams is read', async () => {
    const error = await errorAfter(
      { status: 404, body: streamOf(document('NoSuchKey').slice(0, 20), document('NoSuchKey').slice(20)) },
      (r2) => r2.objects.getStream(object, once),
    )
    expect(error).toMatchObject({ code: 'ObjectNotFound', s3Code: 'NoSuchKey' })
  })

  test('an endless error document is read up to a limit, and its stream is cancelled', async () => {
    let sent = 0
    let cancelled = false
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 10_000
        controller.enqueue(new Uint8Array(10_000).fill(0x41))
      },
      cancel() {
        cancelled = true
      },
    })
    const error = await errorAfter({ status: 502, body }, (r2) => r2.objects.getStream(object, once))
    expect(error).toMatchObject({ code: 'InternalError', retryable: true })
    expect(sent).toBeLessThan(200_000)
    expect(cancelled).toBe(true)
  })
})

describe('responses without an error document', () => {
  test.each<[number, ErrorCode, boolean]>([
    [301, 'Redirected', false],
    [307, 'Redirected', false],
    [408, 'Timeout', true],
    [411, 'LengthRequired', false],
    [413, 'EntityTooLarge', false],
    [304, 'NotModified', false],
    [400, 'BadRequest', false],
    [401, 'Unauthorized', false],
    [403, 'AccessDenied', false],
    [404, 'ObjectNotFound', false],
    [412, 'PreconditionFailed', false],
    [416, 'InvalidRange', false],
    [429, 'SlowDown', true],
    [500, 'InternalError', true],
    [501, 'NotImplemented', false],
    [502, 'InternalError', true],
    [503, 'ServiceUnavailable', true],
    [504, 'InternalError', true],
    [520, 'EdgeError', true],
    [521, 'EdgeError', true],
    [522, 'EdgeError', true],
    [530, 'EdgeError', true],
  ])('a response with status %i and no document becomes %s', async (status, code, retryable) => {
    expect(await errorAfter({ status }, (r2) => r2.objects.head(object, once))).toMatchObject({
      code,
      status,
      retryable,
    })
  })

  test('a 404 for a request without a key becomes BucketNotFound', async () => {
    expect(await errorAfter({ status: 404 }, (r2) => r2.buckets.head({ bucket: 'photos' }))).toMatchObject({
      code: 'BucketNotFound',
      bucket: 'photos',
    })
  })

  test('the page of a proxy is quoted in one short line', async () => {
    const page = `<!DOCTYPE html>\n<html><head><title>Bad gateway</title></head>${'<p>x</p>'.repeat(10_000)}</html>`
    const error = await errorAfter({ status: 502, body: page })
    expect(error.message).toMatch(/^status 502: <!DOCTYPE html> <html>/)
    expect(error.message.length).toBeLessThan(250)
    expect(error.message).not.toContain('\n')
  })
})

describe('an error inside a 200', () => {
  const late = [
    ['CopyObject', (r2: R2Client) => r2.objects.copy({ ...object, source: object }, once)],
    [
      'UploadPartCopy',
      (r2: R2Client) => r2.multipart.uploadPartCopy({ ...object, uploadId: 'u', partNumber: 1, source: object }, once),
    ],
    [
      'CompleteMultipartUpload',
      (r2: R2Client) =>
        r2.multipart.complete({ ...object, uploadId: 'u', parts: [{ partNumber: 1, etag: 'e' }] }, once),
    ],
  ] as const

  test.each(late)('an error document inside a 200 is an error of %s with its context', async (operation, call) => {
    const response = { status: 200, body: document('InternalError'), headers: { 'cf-ray': 'ray-1' } }
    expect(await errorAfter(response, call)).toMatchObject({
      code: 'InternalError',
      status: 200,
      retryable: true,
      requestId: 'ray-1',
      attempts: 1,
      operation,
      ...object,
    })
  })

  test.each(late)('an error document inside a 200 is found in %s after any amount of white space', async (_, call) => {
    const response = { status: 200, body: `${' \r\n'.repeat(3000)}${document('InternalError')}` }
    expect(await errorAfter(response, call)).toMatchObject({ code: 'InternalError', status: 200, attempts: 1 })
  })

  test.each(late)('%s rejects an empty body, a web page and half a document in a 200', async (_, call) => {
    for (const body of ['', '<html></html>', '<CopyObjectResult><ETag>"e"</ETag>', 'ok']) {
      expect(await errorAfter({ status: 200, body }, call)).toMatchObject({ code: 'InvalidResponse' })
    }
  })

  test('a request with a retryable error inside a 200 is sent again', async () => {
    const { r2, transport, clock } = fakeClient((_, number) =>
      number === 1
        ? { body: document('SlowDown') }
        : {
            body: '<CopyObjectResult><ETag>"e"</ETag><LastModified>2026-01-01T00:00:00Z</LastModified></CopyObjectResult>',
          },
    )
    expect((await clock.run(r2.objects.copy({ ...object, source: object }))).etag).toBe('e')
    expect(transport.sent).toHaveLength(2)
  })
})

describe('responses that R2 does not send', () => {
  test.each<[string, FakeResponse, (r2: R2Client) => Promise<unknown>]>([
    [
      'a stored object without an ETag',
      { body: '<html>Welcome!</html>' },
      (r2) => r2.objects.put({ ...object, body: 'x' }),
    ],
    [
      'a stored part without an ETag',
      {},
      (r2) => r2.multipart.uploadPart({ ...object, uploadId: 'u', partNumber: 1, body: 'x' }),
    ],
    [
      'an object without Last-Modified',
      { headers: { 'content-length': '0', etag: '"e"' } },
      (r2) => r2.objects.get(object),
    ],
    [
      'an object without Content-Length',
      { headers: { etag: '"e"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' } },
      (r2) => r2.objects.head(object),
    ],
    ['a list that is a page', { body: '<html></html>' }, (r2) => r2.objects.list({ bucket: 'photos' })],
    [
      'a list that breaks off',
      { body: '<ListBucketResult><IsTruncated>false</IsTr' },
      (r2) => r2.objects.list({ bucket: 'photos' }),
    ],
    ['an upload without an id', { body: '<InitiateMultipartUploadResult/>' }, (r2) => r2.multipart.create(object)],
  ])('%s as a response is InvalidResponse', async (_, response, call) => {
    expect(await errorAfter(response, call)).toMatchObject({ code: 'InvalidResponse' })
  })

  const head = { etag: '"e"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }

  test.each<[string, FakeResponse]>([
    ['the whole object', { headers: { ...head, 'content-length': '4' }, body: 'abcd' }],
    [
      'other bytes',
      { status: 206, headers: { ...head, 'content-length': '2', 'content-range': 'bytes 0-1/9' }, body: 'ab' },
    ],
    [
      'fewer bytes',
      { status: 206, headers: { ...head, 'content-length': '1', 'content-range': 'bytes 2-2/9' }, body: 'c' },
    ],
    [
      'nonsense',
      { status: 206, headers: { ...head, 'content-length': '2', 'content-range': 'bytes 5-4/3' }, body: 'ab' },
    ],
  ])('a range with %s as its response is InvalidResponse, as bytes and as a stream', async (_, response) => {
    const range = { offset: 2, length: 2 }
    expect(await errorAfter(response, (r2) => r2.objects.get({ ...object, range }))).toMatchObject({
      code: 'InvalidResponse',
    })
    let cancelled = false
    const body = new ReadableStream<Uint8Array>({
      cancel() {
        cancelled = true
      },
    })
    const error = await errorAfter({ ...response, body }, (r2) => r2.objects.getStream({ ...object, range }))
    expect(error).toMatchObject({ code: 'InvalidResponse' })
    expect(cancelled).toBe(true)
  })

  test('a body of another length than its Content-Length is InvalidResponse', async () => {
    const response = { headers: { ...head, 'content-length': '9' }, body: 'abc' }
    expect(await errorAfter(response, (r2) => r2.objects.get(object))).toMatchObject({ code: 'InvalidResponse' })
  })
})

describe('a response that only looks like a success', () => {
  const rules: CorsRule[] = [{ allowedOrigins: ['*'], allowedMethods: ['GET'] }]
  const page = { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html>Sign in</html>' }

  test.each<[string, FakeResponse, (r2: R2Client) => Promise<unknown>]>([
    ['200 to a delete', { status: 200 }, (r2) => r2.objects.delete(object)],
    ['200 to an abort', { status: 200 }, (r2) => r2.multipart.abort({ ...object, uploadId: 'u' })],
    ['200 to a delete of a bucket', { status: 200 }, (r2) => r2.buckets.delete({ bucket: 'photos' })],
    ['200 to a delete of CORS rules', { status: 200 }, (r2) => r2.buckets.cors.delete({ bucket: 'photos' })],
    ['a page in response to a delete', page, (r2) => r2.objects.delete(object)],
    ['a page in response to new CORS rules', page, (r2) => r2.buckets.cors.put({ bucket: 'photos', rules })],
    ['a page in response to a new bucket', page, (r2) => r2.buckets.create({ bucket: 'photos' })],
    ['a page in response to HEAD of a bucket', { ...page, body: '' }, (r2) => r2.buckets.head({ bucket: 'photos' })],
    ['a page in response to a put', page, (r2) => r2.objects.put({ ...object, body: 'x' })],
  ])('%s as a response is InvalidResponse', async (_, response, call) => {
    expect(await errorAfter(response, call)).toMatchObject({ code: 'InvalidResponse', operation: expect.any(String) })
  })

  test('an object with the content type text/html is read', async () => {
    const headers = { ...page.headers, etag: '"e"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }
    const { r2 } = fakeClient(({ method }) => ({
      headers: { ...headers, 'content-length': '4' },
      body: method === 'HEAD' ? '' : 'abcd',
    }))
    expect((await r2.objects.get(object)).text()).toBe('abcd')
    expect((await r2.objects.head(object)).contentType).toBe('text/html; charset=utf-8')
  })

  test.each(['bytes', 'stream'] as const)('a 206 to a request without a range is rejected (%s)', async (how) => {
    const headers = {
      etag: '"e"',
      'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
      'content-length': '2',
      'content-range': 'bytes 0-1/9',
    }
    const error = await errorAfter({ status: 206, headers, body: 'ab' }, (r2) =>
      how === 'bytes' ? r2.objects.get(object) : r2.objects.getStream(object),
    )
    expect(error).toMatchObject({ code: 'InvalidResponse', message: expect.stringContaining('2 bytes from 0') })
  })

  test('a body without Content-Length is complete if it is chunked, not if it ends with the connection', async () => {
    const head = { etag: '"e"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }
    const chunked = fakeClient(() => ({ headers: { ...head, 'transfer-encoding': 'chunked' }, body: 'abcd' }))
    expect(await chunked.r2.objects.get(object)).toMatchObject({ size: 4 })
    expect(await errorAfter({ headers: head, body: 'abcd' }, (r2) => r2.objects.get(object))).toMatchObject({
      code: 'InvalidResponse',
    })
  })

  test('a body that ends with the connection is complete if its MD5 is the ETag', async () => {
    const etag = hexFromBytes(md5(utf8Bytes('abcd')))
    const head = { etag: `"${etag}"`, 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT', connection: 'close' }
    const whole = fakeClient(() => ({ headers: head, body: 'abcd' }))
    expect(await whole.r2.objects.get(object)).toMatchObject({ size: 4, etag })
    expect(await errorAfter({ headers: head, body: 'abc' }, (r2) => r2.objects.get(object))).toMatchObject({
      code: 'InvalidResponse',
      message: expect.stringContaining('Content-Length'),
    })
  })

  test('a stream without Content-Length takes its size from HEAD, and fails if it ends early', async () => {
    const head = { etag: '"e"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }
    for (const [size, framing] of [
      [4, { 'transfer-encoding': 'chunked' }],
      [5, { 'transfer-encoding': 'chunked' }],
      [4, { connection: 'close' }],
      [5, { connection: 'close' }],
    ] as const) {
      const { r2, transport, clock } = fakeClient(({ method }) =>
        method === 'HEAD'
          ? { headers: { ...head, 'content-length': String(size) } }
          : { headers: { ...head, ...framing }, body: 'abcd' },
      )
      const output = await r2.objects.getStream(object, { resume: false })
      expect(output.size).toBe(size)
      expect(transport.sent.map(({ method }) => method)).toEqual(['GET', 'HEAD'])
      const text = new Response(output.body).text()
      if (size === 4) expect(await text).toBe('abcd')
      else expect(await errorOf(text)).toMatchObject({ code: 'StreamInterrupted' })
      expect(clock.timers).toBe(0)
    }
  })
})

describe('an error that names its cause', () => {
  const head = (r2: R2Client) => r2.objects.head(object, once)

  test('a failed HEAD has a hint with the possible causes of its status', async () => {
    expect(await errorAfter({ status: 403 }, head)).toMatchObject({
      code: 'AccessDenied',
      message: expect.stringContaining('HEAD'),
      hint: expect.stringMatching(/secret access key.*permission.*jurisdiction/),
    })
    expect(await errorAfter({ status: 404 }, head)).toMatchObject({
      hint: expect.stringContaining('the bucket does not exist'),
    })
  })

  test.each([
    [60 * 60_000, '60 minutes ahead of'],
    [-60 * 60_000, '60 minutes behind'],
    [5 * 3_600_000, '5 hours ahead of'],
  ])(
    'a clock that is %i ms ahead is ClockSkewed with the difference, even for a HEAD without a body',
    async (skewMs, words) => {
      const date = () => new Date(new VirtualClock().now() - skewMs).toUTCString()
      for (const response of [
        { status: 403, headers: { date: date() } },
        { status: 403, headers: { date: date() }, body: document('RequestTimeTooSkewed') },
      ]) {
        expect(await errorAfter(response, head)).toMatchObject({
          code: 'ClockSkewed',
          message: expect.stringContaining(words),
          clockSkewMs: expect.closeTo(skewMs, -4),
        })
      }
    },
  )

  test('a 403 with a correct clock is AccessDenied', async () => {
    const headers = { date: new Date(new VirtualClock().now() + 60_000).toUTCString() }
    expect(await errorAfter({ status: 403, headers }, head)).toMatchObject({ code: 'AccessDenied' })
  })

  test('a redirect is not followed, and the error names its target', async () => {
    const { r2, transport } = fakeClient(() => ({ status: 307, headers: { location: 'https://elsewhere.example/x' } }))
    expect(await errorOf(r2.objects.get(object))).toMatchObject({
      code: 'Redirected',
      message: expect.stringContaining('https://elsewhere.example/x'),
    })
    expect(transport.sent).toHaveLength(1)
  })
})

describe('text of the server', () => {
  const secrets = { accessKeyId: 'a'.repeat(32), secretAccessKey: 's'.repeat(64), sessionToken: 'token-0123456789' }
  const ssec = { key: new Uint8Array(32).fill(9) }
  const ssecText = Buffer.from(ssec.key).toString('base64')

  test('a server’s text is shown without the secrets of the request', async () => {
    for (const wrap of [
      (text: string) => document('AccessDenied', text),
      (text: string) => document(text),
      (text: string) => `<html>${text}</html>`,
    ]) {
      const { r2, transport } = fakeClient(
        ({ headers }) => ({
          status: 403,
          headers: { 'cf-ray': headers['x-amz-security-token'] ?? '' },
          body: wrap(Object.values(headers).join(' ')),
        }),
        { credentials: secrets },
      )
      const error = await errorOf(r2.objects.get({ ...object, ssec }))
      const shown = JSON.stringify(error) + error.summary() + error.message + String(error.stack)
      expect(transport.sent[0]?.headers['x-amz-security-token']).toBe(secrets.sessionToken)
      const signature = /Signature=(\w+)/.exec(transport.sent[0]?.headers.authorization ?? '')?.[1] ?? 'none'
      for (const secret of [secrets.sessionToken, secrets.secretAccessKey, ssecText, signature])
        expect(shown).not.toContain(secret)
      expect(shown).toContain('[REDACTED]')
    }
  })

  test('a server’s text is shown without control and direction characters', async () => {
    const hostile = 'a\u001b[2J\u009b31m\r\nforged line\u202e\u200b'
    const escaped = hostile.replace('\u001b', '&#27;').replace('\u009b', '&#155;')
    for (const body of [document('AccessDenied', escaped), hostile]) {
      const error = await errorAfter({ status: 403, body })
      expect(error.summary()).not.toMatch(/[\p{Cc}\p{Cf}]/u)
      expect(error.summary()).toContain('forged line')
    }
  })
})
