import { R2Client } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { bucket, object, refuses, startServer, wrong } from '../../support/inputs/mistakes.js'

const server = await startServer()
const { r2 } = server
const { local } = server
const upload = { ...object, uploadId: 'u' }

describe('writes', () => {
  const put = (more: object) => () => r2.objects.put(wrong({ ...object, body: 'x', ...more }))
  const fields = (field: string) => `Use ${field}.`

  refuses(server, [
    [
      'the shape of AWS',
      () => r2.objects.put(wrong({ Bucket: bucket, Key: 'k', Body: 'x' })),
      'Bucket',
      /did you mean bucket/,
      fields('bucket'),
    ],
    ['positions', () => r2.objects.put(wrong(bucket), wrong('k')), 'input', /but it is a string/, /bucket, key, body/],
    ['ContentType', put({ ContentType: 'x' }), 'ContentType', /did you mean contentType/, fields('contentType')],
    ['content-type', put({ 'content-type': 'x' }), 'content-type', /did you mean contentType/, fields('contentType')],
    ['content_type', put({ content_type: 'x' }), 'content_type', /did you mean contentType/, fields('contentType')],
    ['ContentMD5', put({ ContentMD5: 'x' }), 'ContentMD5', /did you mean contentMd5/, fields('contentMd5')],
    ['customMetadata', put({ customMetadata: {} }), 'customMetadata', /did you mean metadata/, fields('metadata')],
    ['ChecksumSHA256', put({ ChecksumSHA256: 'x' }), 'ChecksumSHA256', /did you mean checksum/, fields('checksum')],
    ['headers', put({ headers: {} }), 'headers', /is not a field/, /Its fields are bucket, key, contentType/],
    ['ACL', put({ ACL: 'public-read' }), 'ACL', /R2 does not support it/, /Leave it out/],
    [
      'SSECustomerAlgorithm',
      put({ SSECustomerAlgorithm: 'AES256' }),
      'SSECustomerAlgorithm',
      /not a field/,
      /ssec: \{ key \}/,
    ],
    ['a number in metadata', put({ metadata: { a: 1 } }), 'metadata["a"]', /must be a string, but it is 1/, /string/],
    [
      'a Map as metadata, which would be lost',
      put({ metadata: new Map([['a', '1']]) }),
      'metadata',
      /a Map/,
      /fromEntries/,
    ],
    ['Headers as metadata', put({ metadata: new Headers({ a: '1' }) }), 'metadata', /a Headers/, /fromEntries/],
    ['undefined in metadata', put({ metadata: { a: undefined } }), 'metadata["a"]', /undefined/, /string/],
    [
      'names that differ in case',
      put({ metadata: { Owner: 'x', owner: 'y' } }),
      'metadata["owner"]',
      /more than case/,
      /lower case/,
    ],
    ['a name with a space', put({ metadata: { 'a b': 'x' } }), 'metadata["a b"]', /HTTP permits for a header/, /a-z/],
    ['a line break in metadata', put({ metadata: { a: 'x\ny' } }), 'metadata["a"]', /control characters/, /base64/],
    ['a line break in a header', put({ contentType: 'a\nb' }), 'contentType', /printable ASCII/, /line breaks/],
    [
      'a number for a header',
      put({ cacheControl: 3600 }),
      'cacheControl',
      /must be a string, but it is 3600/,
      /string/,
    ],
    ['a class in lower case', put({ storageClass: 'standard' }), 'storageClass', /"standard"/, `Use 'STANDARD'.`],
    ['a flag as text', put({ verify: 'false' }), 'verify', /"false"/, /true or false/],
    ['an invalid Date', put({ expires: new Date('x') }), 'expires', /an invalid Date/, /new Date/],
    [
      'an algorithm in lower case',
      put({ checksum: { algorithm: 'sha256' } }),
      'checksum.algorithm',
      /"sha256"/,
      `Use 'SHA256'.`,
    ],
    ['a name for a checksum', put({ checksum: 'SHA256' }), 'checksum', /but it is a string/, /algorithm/],
    ['an MD5 in hex', put({ contentMd5: 'd'.repeat(32) }), 'contentMd5', /16 bytes in base64/, /not its hex form/],
    ['a key of 1,025 bytes', put({ key: 'x'.repeat(1025) }), 'key', /it has 1025/, /Shorten/],
    ['a key of 513 umlauts', put({ key: 'ü'.repeat(513) }), 'key', /it has 1026/, /Shorten/],
    ['an empty key', put({ key: '' }), 'key', /it is empty/, /Pass a key/],
    ['a key with a NUL', put({ key: 'a\0b' }), 'key', /NUL/, /Remove/],
    ['half of an emoji', put({ key: '\ud83d' }), 'key', /well-formed Unicode/, /emoji/],
    ['a key that is a list', put({ key: ['k'] }), 'key', /but it is an array/, /string/],
    [
      'copy: the source as a path',
      () => r2.objects.copy({ ...object, source: wrong('photos/k') }),
      'source',
      /a string/,
      /bucket, key/,
    ],
    [
      'copy: CopySource',
      () => r2.objects.copy(wrong({ ...object, CopySource: 'photos/k' })),
      'CopySource',
      /did you mean source/,
      fields('source'),
    ],
    [
      'copy: CopySourceSSECustomerKey',
      () => r2.objects.copy(wrong({ ...object, source: object, CopySourceSSECustomerKey: 'x' })),
      'CopySourceSSECustomerKey',
      /not a field/,
      /sourceSsec: \{ key \}/,
    ],
    [
      'copy: a condition on the source is blamed on itself',
      () => r2.objects.copy({ ...object, source: object, sourceIfMatch: 'a\nb' }),
      'sourceIfMatch',
      /must be an ETag/,
      /as it is/,
    ],
    [
      'complete: no parts',
      () => r2.multipart.complete({ ...upload, parts: [] }),
      'parts',
      /at least one/,
      /at least one/,
    ],
    [
      'complete: the parts of AWS',
      () => r2.multipart.complete({ ...upload, parts: [wrong({ PartNumber: 1, ETag: 'x' })] }),
      'parts[0].PartNumber',
      /did you mean partNumber/,
      fields('partNumber'),
    ],
    [
      'complete: MultipartUpload',
      () => r2.multipart.complete(wrong({ ...upload, MultipartUpload: {} })),
      'MultipartUpload',
      /not a field/,
      /parts/,
    ],
    [
      'an upload without its id',
      () => r2.multipart.abort({ ...upload, uploadId: '' }),
      'uploadId',
      /is empty/,
      /multipart\.create/,
    ],
    [
      'a guard for an upload without its id',
      () => r2.transfers.guardUpload({ ...upload, uploadId: '' }),
      'uploadId',
      /is empty/,
      /create/,
    ],
    [
      'a guard for a bucket that cannot be',
      () => r2.transfers.guardUpload({ ...upload, bucket: '../x' }),
      'bucket',
      /lower-case|3 to 63/,
      /a-z/,
    ],
    ['a bucket by position', () => r2.buckets.create(wrong('photos')), 'input', /but it is a string/, /bucket/],
    [
      'a location in upper case',
      () => r2.buckets.create(wrong({ bucket: 'new', locationHint: 'WEUR' })),
      'locationHint',
      /"WEUR"/,
      `Use 'weur'.`,
    ],
    [
      'list: MaxKeys',
      () => r2.objects.list(wrong({ bucket, MaxKeys: 5 })),
      'MaxKeys',
      /did you mean maxKeys/,
      fields('maxKeys'),
    ],
    [
      'list: limit',
      () => r2.objects.list(wrong({ bucket, limit: 5 })),
      'limit',
      /did you mean maxKeys/,
      fields('maxKeys'),
    ],
    [
      'list: cursor',
      () => r2.objects.list(wrong({ bucket, cursor: 'x' })),
      'cursor',
      /did you mean continuationToken/,
      /Use/,
    ],
    ['list: half of an emoji', () => r2.objects.list({ bucket, prefix: '\ud83d' }), 'prefix', /well-formed/, /emoji/],
    ['listAll: a bucket by position', () => r2.objects.listAll(wrong(bucket)), 'input', /but it is a string/, /bucket/],
    [
      'collect: a number as text',
      () => r2.objects.listAll({ bucket }).collect(wrong('5')),
      'limit',
      /the string "5"/,
      /number 5/,
    ],
    [
      'updateWithLock: no function',
      () => r2.objects.updateWithLock(bucket, 'k', wrong('x')),
      'change',
      /a function/,
      /function/,
    ],
  ])

  test.each([
    ['x'.repeat(1024)],
    ['ü'.repeat(512)],
    ['.'],
    ['..'],
    ['a/../b'],
    ['/leading'],
    ['a//b'],
    ['\n'],
    [' '],
    ['%2e%2e'],
    ['?#&'],
  ])('takes the key %j as it is', async (key) => {
    const { endpoint, credentials } = local
    await using byteForByte = new R2Client({ endpoint, credentials })
    await byteForByte.objects.put({ bucket, key, body: key })
    expect((await byteForByte.objects.get({ bucket, key })).text()).toBe(key)
    expect((await byteForByte.objects.deleteObjects({ bucket, keys: [key] })).deleted).toEqual([key])
  })

  test('takes metadata with names in upper case, and reads them in lower case', async () => {
    await r2.objects.put({ ...object, body: 'x', metadata: { Owner: 'Ana', 'x-y_z.1': 'a  b' } })
    expect((await r2.objects.head(object)).metadata).toEqual({ owner: 'Ana', 'x-y_z.1': 'a  b' })
  })
})
