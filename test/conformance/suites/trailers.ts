/** Checksums in trailers: aws-chunked bodies of objects and parts, and which of them R2 rejects before it stores anything. */
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { type ChecksumAlgorithm, checksumOf } from 'r2kit/protocol'
import { type Context, defineSuite, expectError, expectStatus } from '../case.js'
import type { RawRequest } from '../raw.js'

const body = 'checked bytes'
const bytes = new TextEncoder().encode(body)
const sumOf = (algorithm: ChecksumAlgorithm, data: Uint8Array = bytes): string =>
  Buffer.from(checksumOf(algorithm, data)).toString('base64')
const fieldOf = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`
const crc32 = `${fieldOf('CRC32')}:${sumOf('CRC32')}\r\n`

/** The body in two chunks, and the trailer lines. */
const framed = (trailers: string, data = body): string =>
  `4\r\n${data.slice(0, 4)}\r\n${(data.length - 4).toString(16)}\r\n${data.slice(4)}\r\n0\r\n${trailers}\r\n`

const trailerRequest = (algorithm: ChecksumAlgorithm, request: Partial<RawRequest> = {}): Omit<RawRequest, 'path'> => ({
  method: 'PUT',
  body: framed(`${fieldOf(algorithm)}:${sumOf(algorithm)}\r\n`),
  payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  ...request,
  headers: {
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': String(bytes.length),
    'x-amz-trailer': fieldOf(algorithm),
    ...request.headers,
  },
})

const stored = Object.fromEntries(
  (['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const).map((algorithm) => [
    `object-${algorithm.toLowerCase()}`,
    {
      sentence: `an object with a ${algorithm} trailer is stored without framing, and the checksum is returned by the write and by reads`,
      async run({ raw, path, key }: Context) {
        const put = expectStatus(await raw({ ...trailerRequest(algorithm), path: path(key()) }), 200)
        assert.equal(put.headers[fieldOf(algorithm)], sumOf(algorithm))
        assert.equal(put.headers.etag, `"${createHash('md5').update(body).digest('hex')}"`)
        const got = await raw({ path: path(key()), headers: { 'x-amz-checksum-mode': 'ENABLED' } })
        assert.deepEqual([got.text, got.headers[fieldOf(algorithm)]], [body, sumOf(algorithm)])
        const { 'x-amz-checksum-type': type } = got.headers
        assert.ok(type === undefined || type === 'FULL_OBJECT', `x-amz-checksum-type is ${type}`)
      },
    },
  ]),
)

/** Name → the fault of the trailer, the request that has it, and the code of the error. */
const rejections: Readonly<Record<string, readonly [string, Partial<RawRequest>, string]>> = {
  missing: ['is announced but missing', { body: framed('') }, 'InvalidRequest'],
  'other-name': ['has another name than announced', { body: framed(crc32.replace('32', '33')) }, 'InvalidRequest'],
  unannounced: [
    'is followed by one that is not announced',
    { body: framed(`${crc32}x-other: 1\r\n`) },
    'InvalidRequest',
  ],
  twice: ['is sent twice', { body: framed(crc32 + crc32) }, 'InvalidRequest'],
  malformed: ['is not base64 of the right length', { body: framed('x-amz-checksum-crc32:AAA=\r\n') }, 'InvalidDigest'],
  wrong: ['is that of other bytes', { body: framed(crc32, body.replace('b', 'c')) }, 'BadDigest'],
  'unknown-name': ['is announced under an unknown name', { headers: { 'x-amz-trailer': 'x-mine' } }, 'InvalidRequest'],
  'beside-header': [
    'is sent beside a checksum in a header',
    { headers: { 'x-amz-checksum-crc32': sumOf('CRC32') } },
    'InvalidRequest',
  ],
  'beside-md5': [
    'is sent beside Content-MD5',
    { headers: { 'content-md5': createHash('md5').update(body).digest('base64') } },
    'InvalidRequest',
  ],
  'length-too-small': [
    'follows more bytes than x-amz-decoded-content-length',
    { headers: { 'x-amz-decoded-content-length': '12' } },
    'IncompleteBody',
  ],
  'length-too-large': [
    'follows fewer bytes than x-amz-decoded-content-length',
    { headers: { 'x-amz-decoded-content-length': '14' } },
    'IncompleteBody',
  ],
  'chunk-size-too-small': [
    'follows a chunk that is longer than its size',
    { body: framed(crc32).replace('4', '3') },
    'InvalidRequest',
  ],
  'no-last-chunk': ['is cut off together with the last chunk', { body: framed('').slice(0, 20) }, 'IncompleteBody'],
}

const rejected = Object.fromEntries(
  Object.entries(rejections).map(([name, [sentence, request, code]]) => [
    `rejected-${name}`,
    {
      sentence: `a body whose trailer ${sentence} returns ${code}, and nothing is stored`,
      async run({ raw, path, key }: Context) {
        expectError(await raw({ ...trailerRequest('CRC32', request), path: path(key()) }), 400, code)
        expectError(await raw({ path: path(key()) }), 404, 'NoSuchKey')
      },
    },
  ]),
)

const codings = { 'aws-chunked': undefined, 'gzip,aws-chunked': 'gzip', 'aws-chunked, gzip': 'gzip' }

export const trailerSuite = defineSuite('trailers', '9', {
  ...stored,
  ...rejected,
  'content-encoding': {
    sentence: 'aws-chunked is removed from the content encoding of an object, in any position',
    async run({ raw, path, key }) {
      for (const [sent, kept] of Object.entries(codings)) {
        const request = trailerRequest('CRC32', { headers: { 'content-encoding': sent } })
        expectStatus(await raw({ ...request, path: path(key()) }), 200)
        const head = await raw({ method: 'HEAD', path: path(key()) })
        assert.equal(head.headers['content-encoding'], kept, sent)
      }
    },
  },
  'empty-object': {
    sentence: 'an empty body may have a trailer',
    async run({ raw, path, key }) {
      const empty = new Uint8Array(0)
      const request = trailerRequest('CRC32', {
        body: `0\r\nx-amz-checksum-crc32:${sumOf('CRC32', empty)}\r\n\r\n`,
        headers: { 'x-amz-decoded-content-length': '0' },
      })
      expectStatus(await raw({ ...request, path: path(key()) }), 200)
      assert.equal((await raw({ method: 'HEAD', path: path(key()) })).headers['content-length'], '0')
    },
  },
  part: {
    sentence: 'a part with a CRC32 trailer is verified, its checksum is returned, and other bytes return BadDigest',
    async run({ r2, raw, bucket, key, path }) {
      const target = { bucket, key: key() }
      const { uploadId } = await r2.multipart.create({ ...target, checksumAlgorithm: 'CRC32' })
      const query = Object.entries({ partNumber: '1', uploadId })
      const send = (request: Partial<RawRequest>) =>
        raw({ ...trailerRequest('CRC32', request), path: path(key()), query })
      expectError(await send({ body: framed(crc32, body.replace('b', 'c')) }), 400, 'BadDigest')
      const part = expectStatus(await send({}), 200)
      assert.equal(part.headers['x-amz-checksum-crc32'], sumOf('CRC32'))
      const withoutLength = expectStatus(await send({ chunked: true }), 200)
      assert.equal(withoutLength.headers['x-amz-checksum-crc32'], sumOf('CRC32'))
      await r2.multipart.complete({ ...target, uploadId, parts: [{ partNumber: 1, etag: part.headers.etag ?? '' }] })
      assert.equal((await raw({ path: path(key()) })).text, body)
    },
  },
  'part-sha256': {
    sentence: 'a part whose trailer announces SHA256 returns 501 NotImplemented',
    async run({ r2, raw, bucket, key, path }) {
      const upload = { bucket, key: key(), uploadId: (await r2.multipart.create({ bucket, key: key() })).uploadId }
      const query = Object.entries({ partNumber: '1', uploadId: upload.uploadId })
      expectError(await raw({ ...trailerRequest('SHA256'), path: path(key()), query }), 501, 'NotImplemented')
      await r2.multipart.abort(upload)
    },
  },
  'xml-document': {
    sentence: 'a DeleteObjects document may have a trailer, and one that is missing or wrong deletes nothing',
    async run({ raw, path, key, bucket }) {
      const document = `<Delete><Object><Key>${key()}</Key></Object></Delete>`
      const right = sumOf('CRC32', new TextEncoder().encode(document))
      const remove = (trailer: string) =>
        raw({
          ...trailerRequest('CRC32', {
            method: 'POST',
            body: framed(trailer, document),
            headers: { 'x-amz-decoded-content-length': String(document.length) },
          }),
          path: `/${bucket}`,
          query: [['delete', '']],
        })
      expectStatus(await raw({ method: 'PUT', path: path(key()), body }), 200)
      expectError(await remove(''), 400, 'InvalidRequest')
      expectError(await remove('x-amz-checksum-crc32:AAAAAA==\r\n'), 400, 'BadDigest')
      expectStatus(await raw({ method: 'HEAD', path: path(key()) }), 200)
      expectStatus(await remove(`x-amz-checksum-crc32:${right}\r\n`), 200)
      expectError(await raw({ path: path(key()) }), 404, 'NoSuchKey')
    },
  },
})
