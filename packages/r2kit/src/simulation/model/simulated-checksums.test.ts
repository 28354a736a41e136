import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { base64FromBytes } from '../../base/bytes.js'
import { type ChecksumAlgorithm, checksumOf } from '../../base/checksums/index.js'
import type { HeaderFields, HttpMethod, HttpResponse } from '../../http/index.js'
import { unframed } from './aws-chunked.js'
import { SimulatedR2 } from './simulated-r2.js'

const bucket = 'photos'
let model: SimulatedR2
beforeEach(() => {
  model = new SimulatedR2(new VirtualClock(), [bucket])
})

const bounds = { maxResponseBytes: 1e6, timeoutMs: 1_000, stallTimeoutMs: 1_000 }

const send = (
  method: HttpMethod,
  target: string,
  headers: HeaderFields = {},
  body: Uint8Array | string = '',
): Promise<HttpResponse> => {
  const [path = '', query = ''] = target.split('?')
  return model.send({
    method,
    origin: 'https://r2.test',
    path: `/${bucket}/${path}`,
    query,
    headers,
    body: { kind: 'bytes', bytes: Buffer.from(body) },
    responseBody: 'bytes',
    bounds,
    signal: undefined,
  })
}

const textOf = ({ body }: HttpResponse): string => (body instanceof Uint8Array ? Buffer.from(body).toString() : '')
const codeOf = (response: HttpResponse): string => /<Code>(\w+)<\/Code>/.exec(textOf(response))?.[1] ?? 'none'
const sum = (algorithm: ChecksumAlgorithm, text: string): string =>
  base64FromBytes(checksumOf(algorithm, Buffer.from(text)))
const field = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`
const reads = { 'x-amz-checksum-mode': 'ENABLED' }

describe.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)('a put with %s', (algorithm) => {
  test('is echoed, stored, and returned by reads of the whole object that ask for it', async () => {
    const checksum = { [field(algorithm)]: sum(algorithm, 'hello') }
    expect((await send('PUT', 'a', checksum, 'hello')).headers).toMatchObject(checksum)
    const expected = { ...checksum, 'x-amz-checksum-type': 'FULL_OBJECT' }
    expect((await send('GET', 'a', reads)).headers).toMatchObject(expected)
    expect((await send('HEAD', 'a', reads)).headers).toMatchObject(expected)
    expect((await send('GET', 'a', { ...reads, range: 'bytes=0-1' })).headers).not.toHaveProperty(field(algorithm))
    expect((await send('GET', 'a')).headers).not.toHaveProperty(field(algorithm))
  })

  test('of other bytes is refused with BadDigest before anything is stored', async () => {
    const response = await send('PUT', 'a', { [field(algorithm)]: sum(algorithm, 'other') }, 'hello')
    expect([response.status, codeOf(response)]).toEqual([400, 'BadDigest'])
    expect(model.object(bucket, 'a')).toBeUndefined()
  })
})

test('a malformed checksum is InvalidDigest, and a second one is InvalidRequest', async () => {
  expect(codeOf(await send('PUT', 'a', { 'x-amz-checksum-crc32': 'AAAA' }, 'hello'))).toBe('InvalidDigest')
  const two = { 'x-amz-checksum-crc32': sum('CRC32', 'hello'), 'x-amz-checksum-crc32c': sum('CRC32C', 'hello') }
  expect(codeOf(await send('PUT', 'a', two, 'hello'))).toBe('InvalidRequest')
  const contentMd5 = createHash('md5').update('hello').digest('base64')
  const beside = { 'x-amz-checksum-crc32': sum('CRC32', 'hello'), 'content-md5': contentMd5 }
  expect(codeOf(await send('PUT', 'a', beside, 'hello'))).toBe('InvalidRequest')
  expect(model.object(bucket, 'a')).toBeUndefined()
})

describe('a body with a trailer', () => {
  const headersOf = (length: number, more: HeaderFields = {}): HeaderFields => ({
    'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'x-amz-trailer': 'x-amz-checksum-crc32',
    'x-amz-decoded-content-length': `${length}`,
    'content-encoding': 'gzip,aws-chunked',
    ...more,
  })
  const framed = (value = sum('CRC32', 'hello'), name = 'x-amz-checksum-crc32') =>
    `3\r\nhel\r\n2\r\nlo\r\n0\r\n${name}:${value}\r\n\r\n`

  test('is stored without its framing, and its checksum is echoed and stored', async () => {
    const response = await send('PUT', 'a', headersOf(5), framed())
    expect(response.headers).toMatchObject({ 'x-amz-checksum-crc32': sum('CRC32', 'hello') })
    const { bytes, description, checksum } = model.object(bucket, 'a') ?? {}
    expect(Buffer.from(bytes ?? []).toString()).toBe('hello')
    expect(description).toEqual({ 'content-encoding': 'gzip' })
    expect(checksum).toEqual({ algorithm: 'CRC32', value: sum('CRC32', 'hello'), type: 'FULL_OBJECT' })
  })

  test.each([
    ['of other bytes', framed(sum('CRC32', 'other')), 'BadDigest'],
    ['that is malformed', framed('hello'), 'InvalidDigest'],
    ['of another name', framed(undefined, 'x-amz-checksum-crc33'), 'InvalidRequest'],
    ['that is missing', '5\r\nhello\r\n0\r\n\r\n', 'InvalidRequest'],
    ['twice', framed().replace(/x-amz.*\r\n/, '$&$&'), 'InvalidRequest'],
    ['in a body of another length', framed().replace('lo\r\n', 'l\r\n').replace('2', '1'), 'IncompleteBody'],
    ['in a body that ends early', framed().slice(0, 12), 'IncompleteBody'],
    ['after a wrong chunk size', framed().replace('3', '2'), 'InvalidRequest'],
    ['beside bytes after the end', `${framed()}x\r\n`, 'InvalidRequest'],
  ])('%s is refused, and nothing is stored', async (_, body, code) => {
    expect(codeOf(await send('PUT', 'a', headersOf(5), body))).toBe(code)
    expect(model.object(bucket, 'a')).toBeUndefined()
  })

  test('is a server error without its declaration, and not implemented with signed chunks', async () => {
    const unsigned = headersOf(5, { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })
    expect((await send('PUT', 'a', unsigned, framed())).status).toBe(500)
    const signed = headersOf(5, { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER' })
    expect((await send('PUT', 'a', signed, framed())).status).toBe(501)
  })

  test('with any one bit flipped is never stored as other bytes', async () => {
    const body = Buffer.from(framed())
    const outcomes = { refused: 0, harmless: 0 }
    for (let bit = 0; bit < body.length * 8; bit++) {
      const damaged = Buffer.from(body)
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const { status } = await send('PUT', `${bit}`, headersOf(5), damaged)
      const stored = model.object(bucket, `${bit}`)
      expect(stored === undefined).toBe(status !== 200)
      if (stored !== undefined) expect(Buffer.from(stored.bytes).toString(), `bit ${bit}`).toBe('hello')
      outcomes[stored === undefined ? 'refused' : 'harmless']++
    }
    // A letter of a field's name in the other case is the same name.
    expect(outcomes.harmless).toBeLessThan(30)
    expect(outcomes.refused).toBeGreaterThan(300)
  })
})

test('the decoder returns the bytes of any sequence of chunks, and the trailers', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 }), (chunks) => {
      const body = [
        ...chunks.flatMap((chunk) => [`${chunk.length.toString(16)};a=b\r\n`, chunk, '\r\n']),
        '0\r\na: b \r\n\r\n',
      ]
      const { bytes, trailers } = unframed(Buffer.concat(body.map((piece) => Buffer.from(piece))))
      expect(Buffer.compare(bytes, Buffer.concat(chunks))).toBe(0)
      expect([...trailers]).toEqual([['a', 'b']])
    }),
  )
})

describe('a multipart upload', () => {
  const create = async (headers: HeaderFields): Promise<string> =>
    /<UploadId>(.*?)</.exec(textOf(await send('POST', 'film?uploads=', headers)))?.[1] ?? 'none'
  const complete = (uploadId: string, partMarkup: string, headers: HeaderFields = {}) =>
    send(
      'POST',
      `film?uploadId=${uploadId}`,
      headers,
      `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>${partMarkup}</Part></CompleteMultipartUpload>`,
    )
  const etag = `<ETag>"${createHash('md5').update('hello').digest('hex')}"</ETag>`
  const crc = sum('CRC32', 'hello')

  test('takes a checksum with each part, and stores the composite one', async () => {
    const uploadId = await create({ 'x-amz-checksum-algorithm': 'CRC32' })
    const part = `film?partNumber=1&uploadId=${uploadId}`
    expect(codeOf(await send('PUT', part, { 'x-amz-checksum-crc32': crc }, 'hallo'))).toBe('BadDigest')
    const { headers } = await send('PUT', part, { 'x-amz-checksum-crc32': crc }, 'hello')
    expect(headers).toMatchObject({ 'x-amz-checksum-crc32': crc })
    expect(headers).not.toHaveProperty('x-amz-checksum-type')
    expect(textOf(await send('GET', `film?uploadId=${uploadId}`))).toContain(`<ChecksumCRC32>${crc}</ChecksumCRC32>`)
    const other = `${etag}<ChecksumCRC32>AAAAAA==</ChecksumCRC32>`
    expect(codeOf(await complete(uploadId, other))).toBe('InvalidPart')
    const composite = `${base64FromBytes(checksumOf('CRC32', checksumOf('CRC32', Buffer.from('hello'))))}-1`
    const completed = await complete(uploadId, `${etag}<ChecksumCRC32>${crc}</ChecksumCRC32>`)
    expect(textOf(completed)).toContain(`<ChecksumCRC32>${composite}</ChecksumCRC32>`)
    expect((await send('GET', 'film', reads)).headers).toMatchObject({
      'x-amz-checksum-crc32': composite,
      'x-amz-checksum-type': 'COMPOSITE',
    })
  })

  test('with CRC64NVME has the checksum of the whole object, which the completion may name', async () => {
    const uploadId = await create({ 'x-amz-checksum-algorithm': 'CRC64NVME', 'x-amz-checksum-type': 'FULL_OBJECT' })
    const whole = sum('CRC64NVME', 'hello')
    const checksum = { 'x-amz-checksum-crc64nvme': whole }
    await send('PUT', `film?partNumber=1&uploadId=${uploadId}`, checksum, 'hello')
    const other = { 'x-amz-checksum-crc64nvme': sum('CRC64NVME', 'other') }
    expect(codeOf(await complete(uploadId, etag, other))).toBe('BadDigest')
    expect(textOf(await complete(uploadId, etag, checksum))).toContain(whole)
    expect(model.object(bucket, 'film')?.checksum?.type).toBe('FULL_OBJECT')
  })

  test('cannot have the CRC32 of the whole object, nor SHA checksums of parts', async () => {
    const full = { 'x-amz-checksum-algorithm': 'CRC32', 'x-amz-checksum-type': 'FULL_OBJECT' }
    expect(codeOf(await send('POST', 'film?uploads=', full))).toBe('InvalidRequest')
    const part = `film?partNumber=1&uploadId=${await create({})}`
    const sha = { 'x-amz-checksum-sha256': sum('SHA256', 'hello') }
    expect((await send('PUT', part, sha, 'hello')).status).toBe(501)
  })

  test('computes the checksum of a part that came without one', async () => {
    const uploadId = await create({ 'x-amz-checksum-algorithm': 'CRC32' })
    await send('PUT', `film?partNumber=1&uploadId=${uploadId}`, {}, 'hello')
    const computed = Buffer.alloc(4)
    computed.writeUInt32BE(crc32('hello'))
    expect(model.uploads.get(uploadId)?.parts.get(1)?.checksum?.value).toBe(computed.toString('base64'))
  })
})

describe('another server', () => {
  const checksum = { 'x-amz-checksum-crc32': sum('CRC32', 'hello') }
  const trailer = {
    'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'x-amz-trailer': 'x-amz-checksum-crc32',
    'x-amz-decoded-content-length': '5',
  }

  test('that compares no checksum stores damaged bytes, and returns their checksum', async () => {
    model.checksums = 'unchecked'
    const { status, headers } = await send('PUT', 'a', checksum, 'hallo')
    expect([status, headers['x-amz-checksum-crc32']]).toEqual([200, sum('CRC32', 'hallo')])
    expect((await send('HEAD', 'a', reads)).headers['x-amz-checksum-crc32']).toBe(sum('CRC32', 'hallo'))
  })

  test('that ignores checksums neither returns them nor removes the framing', async () => {
    model.checksums = 'ignored'
    expect((await send('PUT', 'a', checksum, 'hallo')).headers).not.toHaveProperty('x-amz-checksum-crc32')
    expect((await send('PUT', 'b', trailer, '5\r\nhello\r\n0\r\n\r\n')).status).toBe(200)
    expect(model.object(bucket, 'b')?.bytes).toHaveLength(15)
    expect((await send('GET', 'a', reads)).headers).not.toHaveProperty('server')
  })

  test('that refuses checksums takes uploads without them, and reads that ask for them', async () => {
    model.checksums = 'refused'
    expect((await send('PUT', 'a', checksum, 'hello')).status).toBe(501)
    expect((await send('PUT', 'a', trailer, '5\r\nhello\r\n0\r\n\r\n')).status).toBe(501)
    expect((await send('PUT', 'a', {}, 'hello')).status).toBe(200)
    expect((await send('GET', 'a', reads)).status).toBe(200)
  })
})
