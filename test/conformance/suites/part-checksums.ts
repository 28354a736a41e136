/** Checksums of parts, in headers, and of the objects that are made of them. */
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { type ChecksumAlgorithm, checksumOf } from 'r2kit/protocol'
import { type Context, defineSuite, expectError, expectStatus } from '../case.js'
import { elementTexts } from '../raw.js'

const body = 'checked bytes'
const bytes = new TextEncoder().encode(body)
const base64 = (data: Uint8Array) => Buffer.from(data).toString('base64')
const sumOf = (algorithm: ChecksumAlgorithm): string => base64(checksumOf(algorithm, bytes))
const fieldOf = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`
const etag = `"${createHash('md5').update(body).digest('hex')}"`

/** Creates an upload, and returns a function that sends its only part. */
const upload = async ({ raw, path, key }: Context, headers: Readonly<Record<string, string>>) => {
  const created = await raw({ method: 'POST', path: path(key()), query: [['uploads', '']], headers })
  const [uploadId = ''] = elementTexts(expectStatus(created, 200).text, 'UploadId')
  return {
    uploadId,
    put: (checksum: Readonly<Record<string, string>>) =>
      raw({
        ...{ method: 'PUT', path: path(key()), headers: checksum, body },
        query: Object.entries({ partNumber: '1', uploadId }),
      }),
    complete: (markup: string, checksum: Readonly<Record<string, string>> = {}) =>
      raw({
        ...{ method: 'POST', path: path(key()), query: [['uploadId', uploadId]], headers: checksum },
        body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag>${markup}</Part></CompleteMultipartUpload>`,
      }),
  }
}

const verified = Object.fromEntries(
  (['CRC32', 'CRC32C', 'CRC64NVME'] as const).map((algorithm) => [
    algorithm.toLowerCase(),
    {
      sentence: `a part with a ${algorithm} checksum is verified, returns it, and has it in ListParts`,
      async run(context: Context) {
        const { raw, path, key } = context
        const { uploadId, put } = await upload(context, { 'x-amz-checksum-algorithm': algorithm })
        const other = base64(checksumOf(algorithm, new TextEncoder().encode('other bytes')))
        expectError(await put({ [fieldOf(algorithm)]: other }), 400, 'BadDigest')
        expectError(await put({ [fieldOf(algorithm)]: 'AAA=' }), 400, 'InvalidDigest')
        const part = expectStatus(await put({ [fieldOf(algorithm)]: sumOf(algorithm) }), 200)
        assert.equal(part.headers[fieldOf(algorithm)], sumOf(algorithm))
        const listed = await raw({ path: path(key()), query: [['uploadId', uploadId]] })
        assert.deepEqual(elementTexts(listed.text, `Checksum${algorithm}`), [sumOf(algorithm)])
      },
    },
  ]),
)

export const partChecksumSuite = defineSuite('part-checksums', '9', {
  ...verified,
  'content-md5': {
    sentence: 'a part with a correct Content-MD5 is accepted, a wrong one returns BadDigest',
    async run(context) {
      const { put } = await upload(context, {})
      const md5 = (text: string) => createHash('md5').update(text).digest('base64')
      expectError(await put({ 'content-md5': md5('other') }), 400, 'BadDigest')
      expectStatus(await put({ 'content-md5': md5(body) }), 200)
    },
  },
  'content-md5-malformed': {
    sentence: 'a part with a malformed Content-MD5 returns InvalidDigest',
    async run(context) {
      const { put } = await upload(context, {})
      expectError(await put({ 'content-md5': 'bm90IDE2IGJ5dGVz' }), 400, 'InvalidDigest')
    },
  },
  'complete-wrong': {
    sentence: 'CompleteMultipartUpload with another checksum of a part returns InvalidPart, and the upload stays',
    async run(context) {
      const { put, complete } = await upload(context, { 'x-amz-checksum-algorithm': 'CRC32' })
      expectStatus(await put({ 'x-amz-checksum-crc32': sumOf('CRC32') }), 200)
      expectError(await complete('<ChecksumCRC32>AAAAAA==</ChecksumCRC32>'), 400, 'InvalidPart')
      const completed = await complete(`<ChecksumCRC32>${sumOf('CRC32')}</ChecksumCRC32>`)
      const composite = `${base64(checksumOf('CRC32', checksumOf('CRC32', bytes)))}-1`
      assert.deepEqual(elementTexts(expectStatus(completed, 200).text, 'ChecksumCRC32'), [composite])
    },
  },
  'complete-whole-wrong': {
    sentence: 'CompleteMultipartUpload with another CRC64NVME of the object returns BadDigest, and the upload stays',
    async run(context) {
      const { raw, path, key } = context
      const create = { 'x-amz-checksum-algorithm': 'CRC64NVME', 'x-amz-checksum-type': 'FULL_OBJECT' }
      const { put, complete } = await upload(context, create)
      expectStatus(await put({ 'x-amz-checksum-crc64nvme': sumOf('CRC64NVME') }), 200)
      expectError(await complete('', { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' }), 400, 'BadDigest')
      expectError(await raw({ path: path(key()) }), 404, 'NoSuchKey')
      expectStatus(await complete('', { 'x-amz-checksum-crc64nvme': sumOf('CRC64NVME') }), 200)
      const head = await raw({ method: 'HEAD', path: path(key()), headers: { 'x-amz-checksum-mode': 'ENABLED' } })
      assert.equal(head.headers['x-amz-checksum-crc64nvme'], sumOf('CRC64NVME'))
    },
  },
  'range-has-none': {
    sentence: 'a range of an object has no checksum of the whole, which would reject it',
    async run({ raw, path, key }) {
      const checksum = { 'x-amz-checksum-crc32': sumOf('CRC32') }
      expectStatus(await raw({ method: 'PUT', path: path(key()), headers: checksum, body }), 200)
      const headers = { 'x-amz-checksum-mode': 'ENABLED', range: 'bytes=0-3' }
      const range = expectStatus(await raw({ path: path(key()), headers }), 206)
      assert.equal(range.headers['x-amz-checksum-crc32'], undefined)
    },
  },
})
