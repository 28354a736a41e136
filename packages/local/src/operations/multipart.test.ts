import { createHash } from 'node:crypto'
import { checksumOf } from 'r2kit/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { elementsOf, openRawR2, type RawR2 } from '#test/support/raw-r2.js'
import { VirtualClock } from '#test/support/virtual-clock.js'

const mebibyte = 1024 * 1024
const clock = new VirtualClock()
let r2: RawR2

beforeAll(async () => {
  r2 = await openRawR2({ clock })
  await r2.send('PUT', '/bucket')
})
afterAll(() => r2[Symbol.asyncDispose]())

const bytes = (size: number, fill = 1) => Buffer.alloc(size, fill)
const md5 = (data: Uint8Array) => createHash('md5').update(data).digest()

const createUpload = async (key: string, headers: Record<string, string> = {}) => {
  const { text } = await r2.send('POST', `/bucket/${key}`, { query: 'uploads=', headers })
  const uploadId = elementsOf(text, 'UploadId')[0] ?? ''
  const query = `uploadId=${encodeURIComponent(uploadId)}`
  return {
    uploadId,
    query,
    part: (number: number | string, body: Uint8Array, more: Record<string, string> = {}) =>
      r2.send('PUT', `/bucket/${key}`, { query: `partNumber=${number}&${query}`, body, headers: more }),
    complete: (
      parts: readonly (readonly [number: number | string, etag: string | undefined])[],
      more: Record<string, string> = {},
    ) => {
      const list = parts
        .map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`)
        .join('')
      const body = `<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`
      return r2.send('POST', `/bucket/${key}`, { query, body, headers: more })
    },
    abort: () => r2.send('DELETE', `/bucket/${key}`, { query }),
    list: (more = '') => r2.send('GET', `/bucket/${key}`, { query: `${query}${more}` }),
  }
}

test("CompleteMultipartUpload creates an object of the sorted parts, with S3's ETag, readable by part and by range", async () => {
  const upload = await createUpload('object', { 'content-type': 'text/plain', 'x-amz-meta-name': 'value' })
  expect(upload.uploadId).toMatch(/^[A-Za-z0-9_-]{320}$/)
  const [first, second, last] = [bytes(5 * mebibyte, 1), bytes(5 * mebibyte, 2), bytes(3, 3)]
  const etags = [await upload.part(10, last), await upload.part(2, first), await upload.part(5, second)].map(
    (reply) => reply.headers.etag,
  )
  const completed = await upload.complete([
    [2, etags[1]],
    [5, etags[2]?.replaceAll('"', '')],
    [10, etags[0]],
  ])
  expect(completed.status).toBe(200)
  const etag = `"${createHash('md5').update(md5(first)).update(md5(second)).update(md5(last)).digest('hex')}-3"`
  expect(elementsOf(completed.text, 'ETag')).toEqual([etag.replaceAll('"', '&quot;')])
  expect(elementsOf(completed.text, 'Location')).toEqual([`${r2.endpoint}/bucket/object`])

  const whole = await r2.send('GET', '/bucket/object')
  expect(whole.body.equals(Buffer.concat([first, second, last]))).toBe(true)
  expect(whole.headers).toMatchObject({ etag, 'content-type': 'text/plain', 'x-amz-meta-name': 'value' })
  const across = await r2.send('GET', '/bucket/object', { headers: { range: `bytes=${10 * mebibyte - 2}-` } })
  expect([...across.body]).toEqual([2, 2, 3, 3, 3])
  const part = await r2.send('GET', '/bucket/object', { query: 'partNumber=3' })
  expect([part.status, [...part.body], part.headers['x-amz-mp-parts-count']]).toEqual([206, [3, 3, 3], '3'])
  expect((await r2.send('HEAD', '/bucket/object', { query: 'partNumber=1' })).headers['content-length']).toBe(
    String(5 * mebibyte),
  )
  expect((await upload.complete([[2, etags[1]]])).code).toBe('NoSuchUpload')
})

describe('CompleteMultipartUpload rejects', () => {
  const small = bytes(10)
  const etag = `"${md5(small).toString('hex')}"`
  test.each<[string, readonly (readonly [number | string, string])[], string, string | RegExp]>([
    ['an empty list of parts', [], 'MalformedXML', /^The XML you provided/],
    ['a part number that is not a number', [['one', etag]], 'MalformedXML', /^The XML you provided/],
    ['a fractional part number', [['1.5', etag]], 'MalformedXML', /^The XML you provided/],
    ['part number 0', [[0, etag]], 'InvalidPart', 'One or more of the specified parts could not be found.'],
    ['part number 10,001', [[10_001, etag]], 'InvalidPart', 'One or more of the specified parts could not be found.'],
    ['an unknown part', [[7, etag]], 'InvalidPart', 'One or more of the specified parts could not be found.'],
    ['another ETag', [[1, '"a"']], 'InvalidPart', 'One or more of the specified parts could not be found.'],
    [
      'a duplicate part number',
      [
        [1, etag],
        [1, etag],
      ],
      'InvalidPart',
      'There was a problem with the multipart upload.',
    ],
    [
      'a small part that is not the last',
      [
        [1, etag],
        [2, etag],
      ],
      'EntityTooSmall',
      'Your proposed upload is smaller than the minimum allowed object size.',
    ],
  ])('%s', async (_what, parts, code, message) => {
    const upload = await createUpload('rejected')
    await upload.part(1, small)
    await upload.part(2, small)
    const reply = await upload.complete(parts)
    expect([reply.status, reply.code]).toEqual([400, code])
    expect(reply.message).toMatch(message)
    // The upload still exists.
    expect((await upload.complete([[1, etag]])).status).toBe(200)
  })

  test('parts of different sizes, and a larger last part', async () => {
    const upload = await createUpload('unequal')
    const etags = new Map<number, string | undefined>()
    for (const [number, size] of [
      [1, 5 * mebibyte],
      [2, 5 * mebibyte + 1],
      [3, 5 * mebibyte],
    ] as const) {
      etags.set(number, (await upload.part(number, bytes(size))).headers.etag)
    }
    const complete = (...numbers: number[]) => upload.complete(numbers.map((number) => [number, etags.get(number)]))
    expect((await complete(1, 2, 3)).message).toBe(
      'All non-trailing parts must have the same length. Non Uniform Part Sizes: Expected part 2 to have size 5242880, found 5242881',
    )
    const larger = await complete(1, 2)
    expect([larger.status, larger.code]).toEqual([400, 'InvalidPart'])
    expect((await complete(1, 3)).status).toBe(200)
  })

  test('other XML documents and malformed ones', async () => {
    const upload = await createUpload('no-document')
    for (const body of [
      '',
      'junk',
      '<Other/>',
      '<CompleteMultipartUpload><Part>',
      '<!DOCTYPE a [<!ENTITY b "c">]><CompleteMultipartUpload/>',
    ]) {
      expect((await r2.send('POST', '/bucket/no-document', { query: upload.query, body })).code).toBe('MalformedXML')
    }
  })

  test('a failed condition, and deletes the upload', async () => {
    await r2.send('PUT', '/bucket/conditional', { body: 'x' })
    const upload = await createUpload('conditional')
    const part = await upload.part(1, bytes(1))
    expect((await upload.complete([[1, part.headers.etag]], { 'if-none-match': '*' })).code).toBe('PreconditionFailed')
    expect((await upload.complete([[1, part.headers.etag]])).code).toBe('NoSuchUpload')
    expect((await r2.send('GET', '/bucket/conditional')).text).toBe('x')
  })
})

test('CompleteMultipartUpload accepts a single part that is empty and has any number', async () => {
  const upload = await createUpload('one')
  const part = await upload.part(10_000, bytes(0))
  expect((await upload.complete([[10_000, part.headers.etag]])).status).toBe(200)
  expect((await r2.send('HEAD', '/bucket/one')).headers['content-length']).toBe('0')
})

test('UploadPart replaces an earlier part of the same number', async () => {
  const upload = await createUpload('twice')
  const first = await upload.part(1, bytes(4, 1))
  const second = await upload.part(1, bytes(4, 2))
  expect((await upload.complete([[1, first.headers.etag]])).code).toBe('InvalidPart')
  expect((await upload.complete([[1, second.headers.etag]])).status).toBe(200)
})

test.each(['0', '10001', '-1', ''])('UploadPart rejects part number "%s"', async (number) => {
  const upload = await createUpload('number')
  const reply = await upload.part(number, bytes(1))
  expect([reply.status, reply.code, reply.message]).toEqual([
    400,
    'InvalidArgument',
    'Part number must be an integer between 1 and 10000, inclusive.',
  ])
})

test('all operations on an unknown or finished upload are NoSuchUpload', async () => {
  const upload = await createUpload('gone')
  expect((await upload.abort()).status).toBe(204)
  for (const reply of [
    await upload.part(1, bytes(1)),
    await upload.complete([[1, 'a']]),
    await upload.abort(),
    await upload.list(),
  ]) {
    expect([reply.status, reply.code]).toEqual([404, 'NoSuchUpload'])
  }
})

test('an upload ID is valid for its key only', async () => {
  const upload = await createUpload('mine')
  expect((await r2.send('DELETE', '/bucket/yours', { query: upload.query })).code).toBe('NoSuchUpload')
  expect((await upload.abort()).status).toBe(204)
})

test('CreateMultipartUpload checks conditions', async () => {
  await r2.send('PUT', '/bucket/taken', { body: 'x' })
  const reply = await r2.send('POST', '/bucket/taken', { query: 'uploads=', headers: { 'if-none-match': '*' } })
  expect(reply.code).toBe('PreconditionFailed')
})

describe('multipart checksums', () => {
  const base64 = (data: Uint8Array) => Buffer.from(data).toString('base64')

  test('of the full object are CRC64NVME, combined from those of the parts', async () => {
    const upload = await createUpload('full', { 'x-amz-checksum-algorithm': 'CRC64NVME' })
    const parts = [bytes(5 * mebibyte, 1), bytes(77, 2)]
    const etags = [
      (await upload.part(1, parts[0] ?? bytes(0))).headers,
      (await upload.part(2, parts[1] ?? bytes(0))).headers,
    ]
    expect(etags[1]?.['x-amz-checksum-crc64nvme']).toBe(base64(checksumOf('CRC64NVME', bytes(77, 2))))
    const whole = base64(checksumOf('CRC64NVME', Buffer.concat(parts)))
    const wrong = await upload.complete(
      [
        [1, etags[0]?.etag],
        [2, etags[1]?.etag],
      ],
      { 'x-amz-checksum-crc64nvme': base64(bytes(8)) },
    )
    expect(wrong.code).toBe('BadDigest')
    const reply = await upload.complete(
      [
        [1, etags[0]?.etag],
        [2, etags[1]?.etag],
      ],
      { 'x-amz-checksum-crc64nvme': whole },
    )
    expect([elementsOf(reply.text, 'ChecksumCRC64NVME'), elementsOf(reply.text, 'ChecksumType')]).toEqual([
      [whole],
      ['FULL_OBJECT'],
    ])
  })

  test.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)('are composite for %s', async (algorithm) => {
    const upload = await createUpload('composite', { 'x-amz-checksum-algorithm': algorithm })
    const etag = (await upload.part(1, bytes(9))).headers.etag
    const reply = await upload.complete([[1, etag]])
    const expected = `${base64(checksumOf(algorithm, checksumOf(algorithm, bytes(9))))}-1`
    expect([elementsOf(reply.text, `Checksum${algorithm}`), elementsOf(reply.text, 'ChecksumType')]).toEqual([
      [expected],
      ['COMPOSITE'],
    ])
    const headers = { 'x-amz-checksum-mode': 'ENABLED' }
    expect(
      (await r2.send('HEAD', '/bucket/composite', { headers })).headers[`x-amz-checksum-${algorithm.toLowerCase()}`],
    ).toBe(expected)
  })

  test.each([
    ['CRC32', 'FULL_OBJECT'],
    ['CRC64NVME', 'COMPOSITE'],
  ])('of %s cannot be %s', async (algorithm, type) => {
    const headers = { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': type }
    const reply = await r2.send('POST', '/bucket/none', { query: 'uploads=', headers })
    expect([reply.status, reply.code]).toEqual([400, 'InvalidRequest'])
  })
})

describe('UploadPartCopy', () => {
  const copyPart = (upload: { query: string }, headers: Record<string, string>) =>
    r2.send('PUT', '/bucket/assembled', {
      query: `partNumber=1&${upload.query}`,
      headers: { 'x-amz-copy-source': '/bucket/source', ...headers },
    })

  test('copies a range of the source, and truncates one beyond its size', async () => {
    await r2.send('PUT', '/bucket/source', { body: '0123456789' })
    const upload = await createUpload('assembled')
    const reply = await copyPart(upload, { 'x-amz-copy-source-range': 'bytes=7-100' })
    const etag = elementsOf(reply.text, 'ETag')[0]?.replaceAll('&quot;', '')
    expect(etag).toBe(md5(Buffer.from('789')).toString('hex'))
    expect((await upload.complete([[1, etag]])).status).toBe(200)
    expect((await r2.send('GET', '/bucket/assembled')).text).toBe('789')
  })

  test.each([
    ['bytes=1-', 400, 'InvalidArgument', 'Invalid x-amz-copy-source-range: bytes=1-'],
    ['bytes=-1', 400, 'InvalidArgument', 'Invalid x-amz-copy-source-range: bytes=-1'],
    ['bytes=5-2', 400, 'InvalidArgument', 'x-amz-copy-source-range must be positive.'],
    ['bytes=10-12', 416, 'InvalidRange', 'The requested range is not satisfiable'],
  ])('rejects the source range %s', async (range, status, code, message) => {
    await r2.send('PUT', '/bucket/source', { body: '0123456789' })
    const reply = await copyPart(await createUpload('assembled'), { 'x-amz-copy-source-range': range })
    expect([reply.status, reply.code, reply.message]).toEqual([status, code, message])
  })

  test('rejects conditions on the source', async () => {
    const reply = await copyPart(await createUpload('assembled'), { 'x-amz-copy-source-if-match': 'a' })
    expect(reply.message).toBe("Header 'x-amz-copy-source-if-match' with value 'a' not implemented")
  })
})

test('ListParts returns parts by number, in pages', async () => {
  const upload = await createUpload('listed')
  for (const number of [3, 1, 2]) await upload.part(number, bytes(number))
  const page = (await upload.list('&max-parts=2')).text
  expect([
    elementsOf(page, 'PartNumber'),
    elementsOf(page, 'Size'),
    elementsOf(page, 'IsTruncated'),
    elementsOf(page, 'NextPartNumberMarker'),
  ]).toEqual([['1', '2'], ['1', '2'], ['true'], ['2']])
  const rest = (await upload.list('&part-number-marker=2')).text
  expect([elementsOf(rest, 'PartNumber'), elementsOf(rest, 'IsTruncated')]).toEqual([['3'], ['false']])
  expect((await upload.list('&max-parts=x')).code).toBe('InvalidArgument')
  expect(elementsOf((await upload.list('&part-number-marker=')).text, 'PartNumber')).toEqual(['1', '2', '3'])
})

test("ListMultipartUploads returns uploads by key, in pages, also on an object's path", async () => {
  await r2.send('PUT', '/uploads')
  const createIn = (key: string) => r2.send('POST', `/uploads/${key}`, { query: 'uploads=' })
  for (const key of ['b/2', 'a', 'b/1', 'c']) await createIn(key)
  const list = async (query: string, path = '/uploads') =>
    (await r2.send('GET', path, { query: `uploads=&${query}` })).text
  expect(elementsOf(await list('', '/uploads/any'), 'Key')).toEqual(['a', 'b/1', 'b/2', 'c'])
  const empty = 'key-marker=&upload-id-marker=&prefix=&delimiter='
  expect(elementsOf(await list(empty), 'Key')).toEqual(['a', 'b/1', 'b/2', 'c'])
  const page = await list('max-uploads=2')
  expect([elementsOf(page, 'Key'), elementsOf(page, 'NextKeyMarker'), elementsOf(page, 'IsTruncated')]).toEqual([
    ['a', 'b/1'],
    ['b/1'],
    ['true'],
  ])
  const next = await list(
    `key-marker=b/1&upload-id-marker=${encodeURIComponent(elementsOf(page, 'NextUploadIdMarker')[0] ?? '')}`,
  )
  expect(elementsOf(next, 'Key')).toEqual(['b/2', 'c'])
  const grouped = await list('delimiter=/&encoding-type=url')
  expect([elementsOf(grouped, 'Key'), grouped.includes('<CommonPrefixes><Prefix>b%2F</Prefix>')]).toEqual([
    ['a', 'c'],
    true,
  ])
})
