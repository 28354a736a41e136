/** Checksums and payload hashes: which ones R2 verifies, stores and rejects. */
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { type ChecksumAlgorithm, checksumOf } from 'r2kit/protocol'
import { type Context, defineSuite, errorCase, expectError, expectStatus, rejectsWith } from '../case.js'
import type { RawRequest } from '../raw.js'

const body = 'checked bytes'
const bytes = new TextEncoder().encode(body)
const base64 = (data: Uint8Array) => Buffer.from(data).toString('base64')
const digestOf = (algorithm: 'md5' | 'sha1' | 'sha256', data: string | Uint8Array) =>
  createHash(algorithm).update(data).digest()

const algorithms: readonly ChecksumAlgorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']
const partSizeBytes = 5 * 1024 * 1024

const perAlgorithm = Object.fromEntries(
  algorithms.flatMap((algorithm) => {
    const header = `x-amz-checksum-${algorithm.toLowerCase()}`
    return [
      [
        `${algorithm.toLowerCase()}-stored`,
        {
          sentence: `a ${algorithm} checksum is verified, stored and returned`,
          async run({ r2, bucket, key }: Context) {
            const put = await r2.objects.put({ bucket, key: key(), body, checksum: { algorithm } })
            const value = base64(checksumOf(algorithm, bytes))
            assert.equal(put.checksum?.value, value)
            const got = await r2.objects.get({ bucket, key: key() })
            assert.deepEqual([got.checksum?.algorithm, got.checksum?.value], [algorithm, value])
          },
        },
      ],
      [
        `${algorithm.toLowerCase()}-wrong`,
        {
          sentence: `a wrong ${algorithm} checksum returns BadDigest, and nothing is stored`,
          async run({ raw, path, key }: Context) {
            const value = base64(checksumOf(algorithm, new TextEncoder().encode('other bytes')))
            expectError(
              await raw({ method: 'PUT', path: path(key()), headers: { [header]: value }, body }),
              400,
              'BadDigest',
            )
            expectError(await raw({ path: path(key()) }), 404, 'NoSuchKey')
          },
        },
      ],
    ]
  }),
)

/** Uploads an object in parts with checksums, and returns that of the whole. */
const checksumOfParts = async (
  { r2, bucket, key }: Pick<Context, 'r2' | 'bucket' | 'key'>,
  upload: { readonly checksumAlgorithm: 'CRC32' | 'CRC64NVME'; readonly checksumType?: 'FULL_OBJECT' },
  bodies: readonly Uint8Array[],
) => {
  const { uploadId } = await r2.multipart.create({ bucket, key: key(), ...upload })
  const parts = []
  for (const [index, part] of bodies.entries()) {
    const partNumber = index + 1
    const checksum = { algorithm: upload.checksumAlgorithm }
    const { etag } = await r2.multipart.uploadPart({
      ...{ bucket, key: key(), uploadId, partNumber, body: part, checksum },
    })
    parts.push({ partNumber, etag })
  }
  await r2.multipart.complete({ bucket, key: key(), uploadId, parts })
  return (await r2.objects.head({ bucket, key: key() })).checksum
}

/** An `aws-chunked` body with a trailing checksum, as the AWS SDKs send it by default. */
const trailing = (checksum: string) =>
  `${bytes.length.toString(16)}\r\n${body}\r\n0\r\nx-amz-checksum-crc32:${checksum}\r\n\r\n`

const putTrailing = ({ raw, path, key }: Context, checksum: string, options: Partial<RawRequest> = {}) =>
  raw({
    method: 'PUT',
    path: path(key()),
    body: trailing(checksum),
    payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    ...options,
    headers: {
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': String(bytes.length),
      'x-amz-trailer': 'x-amz-checksum-crc32',
    },
  })

export const checksumSuite = defineSuite('checksums', '9', {
  ...perAlgorithm,
  'content-md5': {
    sentence: 'a correct Content-MD5 is accepted, a wrong one returns BadDigest, a malformed one InvalidDigest',
    async run({ raw, path, key }) {
      const put = (value: string) => raw({ method: 'PUT', path: path(key()), headers: { 'content-md5': value }, body })
      expectStatus(await put(base64(digestOf('md5', body))), 200)
      expectError(await put(base64(digestOf('md5', 'other'))), 400, 'BadDigest')
      const message = 'The checksum or Content-MD5 you specified is not valid.'
      expectError(await put('bm90IDE2IGJ5dGVz'), 400, 'InvalidDigest', message)
      expectError(await put('!!!'), 400, 'InvalidDigest', message)
    },
  },
  'malformed-checksum': errorCase(
    'a checksum that is not base64 of the right length returns InvalidDigest',
    ({ path, key }) => ({ method: 'PUT', path: path(key()), headers: { 'x-amz-checksum-crc32': 'AAA=' }, body }),
    [400, 'InvalidDigest'],
  ),
  'two-checksums': errorCase(
    'two checksums in one request return InvalidRequest',
    ({ path, key }) => ({
      ...{ method: 'PUT', path: path(key()), body },
      headers: {
        'x-amz-checksum-crc32': base64(checksumOf('CRC32', bytes)),
        'x-amz-checksum-sha256': base64(digestOf('sha256', body)),
      },
    }),
    [400, 'InvalidRequest', 'You can only specify one checksum at a time.'],
  ),
  'payload-hash-wrong': errorCase(
    'a body that differs from its signed hash returns XAmzContentSHA256Mismatch',
    ({ path, key }) => ({
      ...{ method: 'PUT', path: path(key()), body },
      payloadHash: digestOf('sha256', 'other').toString('hex'),
    }),
    [400, 'XAmzContentSHA256Mismatch', "The provided 'x-amz-content-sha256' header does not match what was computed."],
  ),
  'payload-hash-wrong-stores-nothing': {
    sentence: 'a body that differs from its signed hash leaves the existing object unchanged',
    async run({ raw, path, key }) {
      await raw({ method: 'PUT', path: path(key()), body: 'old' })
      const payloadHash = digestOf('sha256', 'other').toString('hex')
      await raw({ method: 'PUT', path: path(key()), body, payloadHash })
      assert.equal((await raw({ path: path(key()) })).text, 'old')
    },
  },
  'unsigned-payload': {
    sentence: 'a body with the payload hash UNSIGNED-PAYLOAD is stored',
    async run({ raw, path, key }) {
      expectStatus(await raw({ method: 'PUT', path: path(key()), body, payloadHash: 'UNSIGNED-PAYLOAD' }), 200)
      assert.equal((await raw({ path: path(key()) })).text, body)
    },
  },
  'signed-chunks': errorCase(
    'a body of signed chunks returns NotImplemented',
    ({ path, key }) => ({
      ...{ method: 'PUT', path: path(key()), body, payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' },
      headers: { 'x-amz-decoded-content-length': String(bytes.length) },
    }),
    [501, 'NotImplemented', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD not implemented'],
  ),
  'trailing-checksum': {
    sentence: 'an aws-chunked body with a trailing checksum (the default of AWS SDKs) is decoded, verified and stored',
    async run(context) {
      const { raw, path, key } = context
      expectStatus(await putTrailing(context, base64(checksumOf('CRC32', bytes))), 200)
      const got = await raw({ path: path(key()), headers: { 'x-amz-checksum-mode': 'ENABLED' } })
      assert.equal(got.text, body)
      assert.equal(got.headers['x-amz-checksum-crc32'], base64(checksumOf('CRC32', bytes)))
      assert.equal((got.headers['content-encoding'] ?? '').includes('aws-chunked'), false)
    },
  },
  'trailing-checksum-without-length': {
    sentence: 'an aws-chunked body needs no Content-Length if x-amz-decoded-content-length gives its length',
    async run(context) {
      const { raw, path, key } = context
      expectStatus(await putTrailing(context, base64(checksumOf('CRC32', bytes)), { chunked: true }), 200)
      assert.equal((await raw({ path: path(key()) })).text, body)
    },
  },
  'trailing-checksum-undeclared': {
    sentence: 'an aws-chunked body with UNSIGNED-PAYLOAD returns InternalError, and its framing is never stored',
    async run(context) {
      const { raw, path, key } = context
      const response = await putTrailing(context, base64(checksumOf('CRC32', bytes)), {
        payloadHash: 'UNSIGNED-PAYLOAD',
      })
      expectError(response, 500, 'InternalError', 'We encountered an internal error. Please try again.')
      expectError(await raw({ path: path(key()) }), 404, 'NoSuchKey')
    },
  },
  'trailing-checksum-wrong': {
    sentence: 'a wrong trailing checksum returns BadDigest, and nothing is stored',
    async run(context) {
      expectError(await putTrailing(context, 'AAAAAA=='), 400, 'BadDigest')
      expectError(await context.raw({ path: context.path(context.key()) }), 404, 'NoSuchKey')
    },
  },
  'part-checksum-wrong': {
    sentence: 'a part with a wrong checksum returns BadDigest',
    async run({ r2, bucket, key }) {
      const upload = { bucket, key: key(), uploadId: (await r2.multipart.create({ bucket, key: key() })).uploadId }
      const checksum = { algorithm: 'CRC32', value: 'AAAAAA==' } as const
      const part = r2.multipart.uploadPart({ ...upload, partNumber: 1, body, checksum })
      await rejectsWith(part, { s3Code: 'BadDigest', status: 400 })
      await r2.multipart.abort(upload)
    },
  },
  ...Object.fromEntries(
    (['sha1', 'sha256'] as const).map((algorithm) => [
      `part-${algorithm}`,
      {
        sentence: `a part with a ${algorithm.toUpperCase()} checksum returns 501 NotImplemented, whether it is right or wrong`,
        async run({ r2, raw, bucket, key, path }: Context) {
          const upload = { bucket, key: key(), uploadId: (await r2.multipart.create({ bucket, key: key() })).uploadId }
          const query = Object.entries({ partNumber: '1', uploadId: upload.uploadId })
          for (const value of [base64(digestOf(algorithm, body)), base64(digestOf(algorithm, 'other')), 'malformed']) {
            const headers = { [`x-amz-checksum-${algorithm}`]: value }
            const response = await raw({ method: 'PUT', path: path(key()), query, headers, body })
            expectError(response, 501, 'NotImplemented')
          }
          await r2.multipart.abort(upload)
        },
      },
    ]),
  ),
  'multipart-full-object': {
    sentence: 'the CRC64NVME of a multipart object is the checksum of its bytes',
    async run({ r2, bucket, key }) {
      const bodies = [new Uint8Array(partSizeBytes).fill(1), new Uint8Array(77).fill(2)]
      const algorithm = 'CRC64NVME'
      const checksum = await checksumOfParts(
        { r2, bucket, key },
        { checksumAlgorithm: algorithm, checksumType: 'FULL_OBJECT' },
        bodies,
      )
      const value = base64(checksumOf(algorithm, Buffer.concat(bodies)))
      assert.deepEqual([checksum?.algorithm, checksum?.value, checksum?.type], [algorithm, value, 'FULL_OBJECT'])
    },
  },
  'multipart-composite': {
    sentence: 'the CRC32 of a multipart object is the checksum of its part checksums, followed by the number of parts',
    async run({ r2, bucket, key }) {
      const bodies = [new Uint8Array(partSizeBytes).fill(1), new Uint8Array(77).fill(2)]
      const algorithm = 'CRC32'
      const checksum = await checksumOfParts({ r2, bucket, key }, { checksumAlgorithm: algorithm }, bodies)
      const value = base64(checksumOf(algorithm, Buffer.concat(bodies.map((part) => checksumOf(algorithm, part)))))
      assert.deepEqual([checksum?.algorithm, checksum?.value, checksum?.type], [algorithm, `${value}-2`, 'COMPOSITE'])
    },
  },
  'multipart-crc32-full-object': {
    sentence: 'CreateMultipartUpload rejects CRC32 with the checksum type FULL_OBJECT',
    async run({ raw, path, key }) {
      const headers = { 'x-amz-checksum-algorithm': 'CRC32', 'x-amz-checksum-type': 'FULL_OBJECT' }
      const response = await raw({ method: 'POST', path: path(key()), query: [['uploads', '']], headers })
      assert.ok(response.status === 400 || response.status === 501, `${response.status} ${response.text}`)
    },
  },
})
