import { createHash } from 'node:crypto'
import { checksumAlgorithms, checksumOf } from 'r2kit/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawR2, type RawR2, type RawRequestOptions } from '#test/support/raw-r2.js'
import { VirtualClock } from '#test/support/virtual-clock.js'

const clock = new VirtualClock()
let r2: RawR2

beforeAll(async () => {
  r2 = await openRawR2({ clock })
  await r2.send('PUT', '/bucket')
  await r2.send('PUT', '/bucket/there', { body: 'text' })
})
afterAll(() => r2[Symbol.asyncDispose]())

const body = 'The quick brown fox'
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
const md5 = createHash('md5').update(body).digest()
const bytes = Buffer.from(body)

describe('PutObject with a checksum:', () => {
  test.each(checksumAlgorithms)(
    '%s is verified, echoed, stored, and returned by reads with x-amz-checksum-mode',
    async (algorithm) => {
      const name = `x-amz-checksum-${algorithm.toLowerCase()}`
      const value = base64(checksumOf(algorithm, bytes))
      const put = await r2.send('PUT', '/bucket/sum', { body, headers: { [name]: value } })
      expect([put.status, put.headers[name], put.headers['x-amz-checksum-type']]).toEqual([200, value, 'FULL_OBJECT'])
      expect((await r2.send('HEAD', '/bucket/sum')).headers[name]).toBeUndefined()
      const headers = { 'x-amz-checksum-mode': 'ENABLED' }
      expect((await r2.send('GET', '/bucket/sum', { headers })).headers).toMatchObject({
        [name]: value,
        'x-amz-checksum-type': 'FULL_OBJECT',
      })
      // SDKs would reject a range if the response had the checksum of the whole object.
      expect(
        (await r2.send('GET', '/bucket/sum', { headers: { ...headers, range: 'bytes=0-1' } })).headers[name],
      ).toBeUndefined()

      const wrong = base64(checksumOf(algorithm, Buffer.from('another')))
      expect((await r2.send('PUT', '/bucket/sum', { body, headers: { [name]: wrong } })).code).toBe('BadDigest')
      expect((await r2.send('PUT', '/bucket/sum', { body, headers: { [name]: 'AAA=' } })).code).toBe('InvalidDigest')
    },
  )

  test('Content-MD5 is verified', async () => {
    expect((await r2.send('PUT', '/bucket/md5', { body, headers: { 'content-md5': base64(md5) } })).status).toBe(200)
    const wrong = createHash('md5').digest()
    const reply = await r2.send('PUT', '/bucket/md5', { body, headers: { 'content-md5': base64(wrong) } })
    expect([reply.code, reply.message]).toEqual([
      'BadDigest',
      `The MD5 checksum you specified did not match what we received.\nYou provided a MD5 checksum with value: ${wrong.toString('hex')}\nActual MD5 was: ${md5.toString('hex')}`,
    ])
    const malformed = await r2.send('PUT', '/bucket/md5', { body, headers: { 'content-md5': 'junk' } })
    expect([malformed.code, malformed.message]).toEqual([
      'InvalidDigest',
      'The checksum or Content-MD5 you specified is not valid.',
    ])
  })

  test('a second checksum is rejected, as Rails users reported', async () => {
    const headers = { 'content-md5': base64(md5), 'x-amz-checksum-crc32': base64(checksumOf('CRC32', bytes)) }
    const reply = await r2.send('PUT', '/bucket/two', { body, headers })
    expect([reply.status, reply.code, reply.message]).toEqual([
      400,
      'InvalidRequest',
      'You can only specify one checksum at a time.',
    ])
  })

  test('a rejected body does not change the existing object', async () => {
    await r2.send('PUT', '/bucket/there', { body, headers: { 'x-amz-checksum-crc32': 'AAAAAA==' } })
    expect((await r2.send('GET', '/bucket/there')).text).toBe('text')
  })
})

describe('PutObject with an aws-chunked body', () => {
  const crc32 = base64(checksumOf('CRC32', bytes))
  const chunked = (trailer: string) =>
    `a\r\n${body.slice(0, 10)}\r\n${(body.length - 10).toString(16)};x=y\r\n${body.slice(10)}\r\n0\r\n${trailer}\r\n`
  const send = (encoded: string, options: RawRequestOptions = {}) =>
    r2.send('PUT', '/bucket/chunked', {
      body: encoded,
      payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      ...options,
      headers: {
        'content-encoding': 'aws-chunked,gzip',
        'x-amz-decoded-content-length': String(body.length),
        'x-amz-trailer': 'x-amz-checksum-crc32',
        ...options.headers,
      },
    })

  test('decodes it and verifies the checksum in the trailer', async () => {
    const put = await send(chunked(`x-amz-checksum-crc32:${crc32}\r\n`))
    expect([put.status, put.headers['x-amz-checksum-crc32']]).toEqual([200, crc32])
    const got = await r2.send('GET', '/bucket/chunked')
    expect([got.text, got.headers['content-encoding']]).toEqual([body, 'gzip'])
  })

  test('accepts chunked transfer coding, as the AWS SDK for JavaScript sends streams', async () => {
    const put = await send(chunked(`x-amz-checksum-crc32:${crc32}\r\n`), {
      headers: { 'transfer-encoding': 'chunked' },
    })
    expect(put.status).toBe(200)
  })

  test.each<[string, string, RawRequestOptions, string]>([
    ['another checksum', chunked('x-amz-checksum-crc32:AAAAAA==\r\n'), {}, 'BadDigest'],
    ['no checksum in the trailer', chunked(''), {}, 'InvalidRequest'],
    [
      'another length',
      chunked(`x-amz-checksum-crc32:${crc32}\r\n`),
      { headers: { 'x-amz-decoded-content-length': '5' } },
      'IncompleteBody',
    ],
    [
      'no length',
      chunked(`x-amz-checksum-crc32:${crc32}\r\n`),
      { alteredHeaders: { 'x-amz-decoded-content-length': 'x' }, headers: { 'x-amz-decoded-content-length': 'x' } },
      'MissingContentLength',
    ],
    ['no last chunk', chunked('').slice(0, 12), {}, 'IncompleteBody'],
    ['no chunks', `${body}\r\n`, {}, 'InvalidRequest'],
    ['an unknown trailer', chunked(''), { headers: { 'x-amz-trailer': 'x-mine' } }, 'InvalidRequest'],
  ])('with %s rejects it', async (_what, encoded, options, code) => {
    expect((await send(encoded, options)).code).toBe(code)
  })
})

describe('the length of a PutObject body', () => {
  test('must be declared', async () => {
    const reply = await r2.send('PUT', '/bucket/length', { body, headers: { 'transfer-encoding': 'chunked' } })
    expect([reply.status, reply.code, reply.message]).toEqual([
      411,
      'MissingContentLength',
      'You must provide the Content-Length HTTP header.',
    ])
  })

  test('is limited to 5 GiB minus 5 MiB, which is checked before the body is read', async () => {
    const reply = await r2.send('PUT', '/bucket/large', {
      headers: { 'x-amz-decoded-content-length': '5363466241' },
      payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    })
    expect([reply.status, reply.code]).toEqual([400, 'EntityTooLarge'])
  })
})

describe('PutObject with conditions', () => {
  const etag = '"1cb251ec0d568de6a929b520c4aed8d1"'
  test.each<[string, Record<string, string>, number]>([
    ['there', { 'if-match': etag }, 200],
    ['there', { 'if-match': '"a"' }, 412],
    ['there', { 'if-none-match': '*' }, 412],
    ['there', { 'if-none-match': '"a"' }, 200],
    ['there', { 'if-modified-since': new Date(clock.now()).toUTCString() }, 412],
    ['there', { 'if-unmodified-since': new Date(clock.now() - 1000).toUTCString() }, 412],
    ['absent', { 'if-match': etag }, 412],
    ['absent', { 'if-match': '*' }, 412],
    ['absent', { 'if-modified-since': new Date(0).toUTCString() }, 412],
    ['absent', { 'if-unmodified-since': new Date(0).toUTCString() }, 200],
    ['absent-2', { 'if-none-match': '*' }, 200],
  ])('on the key "%s" with %j returns %i', async (key, headers, status) => {
    await r2.send('PUT', '/bucket/there', { body: 'text' })
    expect((await r2.send('PUT', `/bucket/${key}`, { body: 'text', headers })).status).toBe(status)
  })

  test('lets exactly one of many concurrent creators succeed', async () => {
    const attempts = Array.from({ length: 20 }, () =>
      r2.send('PUT', '/bucket/race', { body, headers: { 'if-none-match': '*' } }),
    )
    const statuses = (await Promise.all(attempts)).map((reply) => reply.status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 412)).toHaveLength(19)
  })
})

describe('metadata of an object', () => {
  const meta = (name: string, length: number) => ({ [`x-amz-meta-${name}`]: 'v'.repeat(length) })

  test('is limited to 8,192 bytes, names included', async () => {
    expect((await r2.send('PUT', '/bucket/meta', { headers: meta('name', 8188) })).status).toBe(200)
    const reply = await r2.send('PUT', '/bucket/meta', { headers: meta('name', 8189) })
    expect([reply.status, reply.code]).toEqual([400, 'MetadataTooLarge'])
  })

  test('is measured as decoded text, not in its RFC 2047 encoding', async () => {
    const encoded = `=?UTF-8?B?${base64(Buffer.from('é'.repeat(3000)))}?=`
    expect((await r2.send('PUT', '/bucket/meta', { headers: { 'x-amz-meta-name': encoded } })).status).toBe(200)
  })

  test('may have names such as __proto__ and constructor', async () => {
    await r2.send('PUT', '/bucket/proto', {
      headers: { 'x-amz-meta-__proto__': 'value', 'x-amz-meta-constructor': 'other' },
    })
    expect((await r2.send('HEAD', '/bucket/proto')).headers).toMatchObject({
      'x-amz-meta-__proto__': 'value',
      'x-amz-meta-constructor': 'other',
    })
  })
})

test('PutObject rejects an unknown storage class', async () => {
  const reply = await r2.send('PUT', '/bucket/class', { headers: { 'x-amz-storage-class': 'GLACIER' } })
  expect([reply.status, reply.code, reply.message]).toEqual([
    400,
    'InvalidStorageClass',
    'The storage class specified is not valid.',
  ])
})

test('cf-create-bucket-if-missing creates a missing bucket', async () => {
  expect((await r2.send('PUT', '/created-by-put/key', { body })).code).toBe('NoSuchBucket')
  const headers = { 'cf-create-bucket-if-missing': 'true' }
  expect((await r2.send('PUT', '/created-by-put/key', { body, headers })).status).toBe(200)
  expect((await r2.send('POST', '/created-by-upload/key', { query: 'uploads=', headers })).status).toBe(200)
  expect((await r2.send('HEAD', '/created-by-upload')).status).toBe(200)
})

test('POST on a key is a PutObject that ignores x-amz-copy-source', async () => {
  const headers = { 'x-amz-copy-source': '/bucket/there' }
  await r2.send('POST', '/bucket/posted', { body, headers })
  expect((await r2.send('GET', '/bucket/posted')).text).toBe(body)
})

describe('SSE-C:', () => {
  const keyFields = (fill: number, prefix = 'x-amz-'): Record<string, string> => {
    const key = Buffer.alloc(32, fill)
    return {
      [`${prefix}server-side-encryption-customer-algorithm`]: 'AES256',
      [`${prefix}server-side-encryption-customer-key`]: key.toString('base64'),
      [`${prefix}server-side-encryption-customer-key-md5`]: createHash('md5').update(key).digest('base64'),
    }
  }

  test('an object can be read with its own key only', async () => {
    const put = await r2.send('PUT', '/bucket/secret', { body, headers: keyFields(1) })
    expect(put.headers['x-amz-server-side-encryption-customer-key-md5']).toBe(
      keyFields(1)['x-amz-server-side-encryption-customer-key-md5'],
    )
    expect((await r2.send('GET', '/bucket/secret', { headers: keyFields(1) })).text).toBe(body)
    expect((await r2.send('HEAD', '/bucket/secret', { headers: keyFields(1) })).status).toBe(200)
    expect((await r2.send('GET', '/bucket/secret')).status).toBe(400)
    expect((await r2.send('HEAD', '/bucket/secret')).status).toBe(400)
    expect((await r2.send('GET', '/bucket/secret', { headers: keyFields(2) })).status).toBe(403)
  })

  test('an object without a key cannot be read with one', async () => {
    const reply = await r2.send('GET', '/bucket/there', { headers: keyFields(1) })
    expect([reply.code, reply.message]).toEqual([
      'InvalidRequest',
      'The encryption parameters are not applicable to this object.',
    ])
  })

  test('a copy requires the key of its source', async () => {
    await r2.send('PUT', '/bucket/secret', { body, headers: keyFields(1) })
    const source = { 'x-amz-copy-source': 'bucket/secret' }
    expect((await r2.send('PUT', '/bucket/copy', { headers: source })).status).toBe(400)
    const headers = { ...source, ...keyFields(1, 'x-amz-copy-source-') }
    expect((await r2.send('PUT', '/bucket/copy', { headers })).status).toBe(200)
    expect((await r2.send('GET', '/bucket/copy')).text).toBe(body)
  })
})

test('strictWriteRate allows one write per second and key', async () => {
  await using strict = await openRawR2({ clock, strictWriteRate: true })
  await strict.send('PUT', '/bucket')
  const put = (key = 'key') => strict.send('PUT', `/bucket/${key}`, { body })
  expect((await put()).status).toBe(200)
  const second = await put()
  expect([second.status, second.code, second.message, second.headers['retry-after']]).toEqual([
    429,
    'TooManyRequests',
    'Reduce your concurrent request rate for the same object',
    '1',
  ])
  expect((await put('other')).status).toBe(200)
  await clock.advance(1000)
  expect((await put()).status).toBe(200)
})
