import { checksumOf } from 'r2kit/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawR2, type RawR2 } from '#test/support/raw-r2.js'
import { VirtualClock } from '#test/support/virtual-clock.js'

const createdMs = Date.UTC(2026, 0, 15, 12, 0, 0, 500)
const clock = new VirtualClock(createdMs)
const content = '0123456789'
const etag = '"781e5e245d69b566979b86e28d23f2c7"'
let r2: RawR2

beforeAll(async () => {
  r2 = await openRawR2({ clock })
  await r2.send('PUT', '/bucket')
  await r2.send('PUT', '/bucket/ten', { body: content })
  await r2.send('PUT', '/bucket/empty')
})
afterAll(() => r2[Symbol.asyncDispose]())

const malformed = "range must be in format 'bytes=start-end', 'bytes=start-' or 'bytes=-suffix'.'"

describe('a read with the range', () => {
  test.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=4-', '456789', 'bytes 4-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=8-100', '89', 'bytes 8-9/10'],
    ['bytes=-100', content, 'bytes 0-9/10'],
    ['bytes=0-', content, 'bytes 0-9/10'],
  ])('%s returns 206 with these bytes, on HEAD without a body', async (range, bytes, contentRange) => {
    const reply = await r2.send('GET', '/bucket/ten', { headers: { range } })
    expect([reply.status, reply.text, reply.headers['content-range'], reply.headers['content-length']]).toEqual([
      206,
      bytes,
      contentRange,
      String(bytes.length),
    ])
    const head = await r2.send('HEAD', '/bucket/ten', { headers: { range } })
    expect([head.status, head.text, head.headers['content-range'], head.headers['content-length']]).toEqual([
      206,
      '',
      contentRange,
      String(bytes.length),
    ])
  })

  test.each([
    ['ten', 'bytes=10-', 416, 'InvalidRange', 'The requested range is not satisfiable'],
    ['ten', 'bytes=-0', 416, 'InvalidRange', 'The requested range is not satisfiable'],
    ['empty', 'bytes=0-', 416, 'InvalidRange', 'The requested range is not satisfiable'],
    ['empty', 'bytes=-1', 416, 'InvalidRange', 'The requested range is not satisfiable'],
    ['ten', 'bytes=0-1,3-4', 400, 'InvalidArgument', malformed],
    ['ten', 'lines=0-1', 400, 'InvalidArgument', malformed],
    ['ten', 'junk', 400, 'InvalidArgument', malformed],
    ['ten', 'bytes=-', 400, 'InvalidArgument', malformed],
    ['ten', 'bytes=5-2', 400, 'InvalidArgument', 'range must be positive.'],
  ])('of object "%s": %s is %i %s', async (key, range, status, code, message) => {
    const reply = await r2.send('GET', `/bucket/${key}`, { headers: { range } })
    expect([reply.status, reply.code, reply.message]).toEqual([status, code, message])
    const head = await r2.send('HEAD', `/bucket/${key}`, { headers: { range } })
    expect([head.status, head.text]).toEqual([status, ''])
  })

  test('of a missing object is NoSuchKey', async () => {
    expect((await r2.send('GET', '/bucket/none', { headers: { range: 'bytes=0-1' } })).code).toBe('NoSuchKey')
  })
})

const date = (offsetSeconds: number) => new Date(createdMs + offsetSeconds * 1000).toUTCString()

describe('conditions on reads', () => {
  const rows: readonly (readonly [what: string, headers: Record<string, string>, status: number])[] = [
    ['If-Match with the ETag', { 'if-match': etag }, 200],
    ['If-Match with an unquoted ETag', { 'if-match': etag.replaceAll('"', '') }, 200],
    ['If-Match with a list that contains the ETag', { 'if-match': `"a", ${etag}` }, 200],
    ['If-Match with *', { 'if-match': '*' }, 200],
    ['If-Match with another ETag', { 'if-match': '"a"' }, 412],
    ['If-Match with a weak tag', { 'if-match': `W/${etag}` }, 412],
    ['If-None-Match with the ETag', { 'if-none-match': etag }, 304],
    ['If-None-Match with a weak tag', { 'if-none-match': `W/${etag}` }, 304],
    ['If-None-Match with *', { 'if-none-match': '*' }, 304],
    ['If-None-Match with another ETag', { 'if-none-match': '"a"' }, 200],
    ['If-Modified-Since an earlier second', { 'if-modified-since': date(-1) }, 200],
    ['If-Modified-Since the same second', { 'if-modified-since': date(0) }, 304],
    ['If-Modified-Since a later second', { 'if-modified-since': date(1) }, 304],
    ['If-Modified-Since with an invalid date', { 'if-modified-since': 'yesterday' }, 200],
    ['If-Unmodified-Since an earlier second', { 'if-unmodified-since': date(-1) }, 412],
    ['If-Unmodified-Since the same second', { 'if-unmodified-since': date(0) }, 200],
    ['If-Unmodified-Since a later second', { 'if-unmodified-since': date(1) }, 200],
    [
      'If-None-Match that passes takes precedence over If-Modified-Since',
      { 'if-none-match': '"a"', 'if-modified-since': date(1) },
      200,
    ],
    [
      'If-Match that passes takes precedence over If-Unmodified-Since',
      { 'if-match': etag, 'if-unmodified-since': date(-1) },
      200,
    ],
    ['If-Match and If-None-Match that both fail', { 'if-match': '"a"', 'if-none-match': etag }, 412],
  ]
  for (const [what, headers, status] of rows) {
    test(`a read with ${what} returns ${status}`, async () => {
      const reply = await r2.send('GET', '/bucket/ten', { headers })
      expect(reply.status).toBe(status)
      expect((await r2.send('HEAD', '/bucket/ten', { headers })).status).toBe(status)
      if (status === 304) {
        expect([reply.text, reply.headers.etag, reply.headers['last-modified']]).toEqual(['', etag, date(0)])
      }
      if (status === 412) expect(reply.message).toBe('At least one of the pre-conditions you specified did not hold.')
    })
  }

  test.each([{}, { range: 'bytes=0-1' }])(
    'a 304 has the checksum if x-amz-checksum-mode is ENABLED, with headers %j',
    async (more) => {
      const checksum = Buffer.from(checksumOf('CRC32', Buffer.from(content))).toString('base64')
      await r2.send('PUT', '/bucket/checked', { body: content, headers: { 'x-amz-checksum-crc32': checksum } })
      const headers = { ...more, 'if-none-match': etag }
      for (const method of ['GET', 'HEAD']) {
        const enabled = await r2.send(method, '/bucket/checked', {
          headers: { ...headers, 'x-amz-checksum-mode': 'ENABLED' },
        })
        expect([enabled.status, enabled.text, enabled.headers['x-amz-checksum-crc32']]).toEqual([304, '', checksum])
        const disabled = await r2.send(method, '/bucket/checked', { headers })
        expect([disabled.status, disabled.headers['x-amz-checksum-crc32']]).toEqual([304, undefined])
      }
    },
  )

  test('a read of a missing object with If-Match is NoSuchKey', async () => {
    expect((await r2.send('GET', '/bucket/none', { headers: { 'if-match': etag } })).code).toBe('NoSuchKey')
  })
})

describe('the response to a read', () => {
  test('has the stored content headers and metadata, in RFC 2047 encoding if they are not ASCII', async () => {
    const headers = {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'content-disposition': 'attachment',
      'content-encoding': 'gzip',
      'content-language': 'de',
      expires: 'some day',
      'x-amz-meta-plain': 'value',
      'x-amz-meta-script': '=?UTF-8?Q?=C3=A9t=C3=A9?=',
      'x-amz-storage-class': 'STANDARD_IA',
    }
    await r2.send('PUT', '/bucket/described', { headers, body: 'x' })
    const reply = await r2.send('GET', '/bucket/described')
    expect(reply.headers).toMatchObject({
      ...headers,
      'x-amz-meta-script': '=?UTF-8?B?w6l0w6k=?=',
      'accept-ranges': 'bytes',
    })
  })

  test("has a default content type, a request ID, a server name and the clock's date", async () => {
    const { headers } = await r2.send('GET', '/bucket/ten')
    expect(headers['content-type']).toBe('application/octet-stream')
    expect(headers['cf-ray']).toMatch(/^[0-9a-f]{16}-[A-Z]{3}$/)
    expect(headers.server).toBe('r2kit-local')
    expect(headers.date).toBe(new Date(clock.now()).toUTCString())
    expect(headers['x-amz-request-id']).toBeUndefined()
  })

  test('is InvalidArgument if a response-* parameter is not a valid header value', async () => {
    for (const value of ['a%0D%0Ax-evil:%20b', '%E6%97%A5']) {
      const { status, code } = await r2.send('GET', '/bucket/ten', { query: `response-content-type=${value}` })
      expect([status, code]).toEqual([400, 'InvalidArgument'])
    }
  })

  test('has the headers of response-* parameters', async () => {
    const query = 'response-cache-control=no-cache&response-content-type=text%2Fhtml'
    const reply = await r2.send('GET', '/bucket/ten', { query })
    expect(reply.headers).toMatchObject({ 'content-type': 'text/html', 'cache-control': 'no-cache' })
    expect((await r2.send('GET', '/bucket/ten')).headers['cache-control']).toBeUndefined()
  })

  test('ignores response-* parameters on HEAD, even invalid ones', async () => {
    const query = 'response-content-type=text%2Fhtml&response-cache-control=a%0D%0Ab'
    const { status, headers } = await r2.send('HEAD', '/bucket/ten', { query })
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'application/octet-stream',
      undefined,
    ])
  })

  test('is the whole object for part 1 of an object without parts', async () => {
    const reply = await r2.send('GET', '/bucket/ten', { query: 'partNumber=1' })
    expect([reply.status, reply.text, reply.headers['content-range']]).toEqual([206, content, 'bytes 0-9/10'])
    expect((await r2.send('GET', '/bucket/ten', { query: 'partNumber=2' })).status).toBe(416)
    expect((await r2.send('GET', '/bucket/ten', { query: 'partNumber=0' })).message).toBe(
      'Part number must be an integer between 1 and 10000, inclusive.',
    )
    expect((await r2.send('GET', '/bucket/ten', { query: 'partNumber=1', headers: { range: 'bytes=0-1' } })).code).toBe(
      'InvalidRequest',
    )
  })

  test('is NoSuchBucket for a missing bucket', async () => {
    const reply = await r2.send('GET', '/missing/key')
    expect([reply.status, reply.text]).toEqual([
      404,
      '<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist.</Message></Error>',
    ])
  })
})
