import { R2Client } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { bucket, object, startServer, testMistakes, untyped } from '../../support/inputs/mistake-suite.js'

const server = await startServer()
const { r2 } = server
const { local } = server
const upload = { ...object, uploadId: 'u' }

describe('writes', () => {
  const put = (more: object) => () => r2.objects.put(untyped({ ...object, body: 'x', ...more }))
  const use = (field: string) => `Use ${field}.`

  testMistakes(server, [
    [
      'PutObject input in the shape of AWS',
      () => r2.objects.put(untyped({ Bucket: bucket, Key: 'k', Body: 'x' })),
      'Bucket',
      /did you mean bucket/,
      use('bucket'),
    ],
    [
      'bucket and key as two parameters',
      () => r2.objects.put(untyped(bucket), untyped('k')),
      'input',
      /but it is a string/,
      /bucket, key, body/,
    ],
    ['ContentType', put({ ContentType: 'x' }), 'ContentType', /did you mean contentType/, use('contentType')],
    ['content-type', put({ 'content-type': 'x' }), 'content-type', /did you mean contentType/, use('contentType')],
    ['content_type', put({ content_type: 'x' }), 'content_type', /did you mean contentType/, use('contentType')],
    ['ContentMD5', put({ ContentMD5: 'x' }), 'ContentMD5', /did you mean contentMd5/, use('contentMd5')],
    ['customMetadata', put({ customMetadata: {} }), 'customMetadata', /did you mean metadata/, use('metadata')],
    ['ChecksumSHA256', put({ ChecksumSHA256: 'x' }), 'ChecksumSHA256', /did you mean checksum/, use('checksum')],
    ['headers', put({ headers: {} }), 'headers', /is not a field/, /Its fields are bucket, key, contentType/],
    ['ACL', put({ ACL: 'public-read' }), 'ACL', /is not supported by R2/, /Omit it/],
    [
      'SSECustomerAlgorithm',
      put({ SSECustomerAlgorithm: 'AES256' }),
      'SSECustomerAlgorithm',
      /not a field/,
      /ssec: \{ key \}/,
    ],
    ['a number in metadata', put({ metadata: { a: 1 } }), 'metadata["a"]', /must be a string, but it is 1/, /string/],
    [
      'a Map as metadata, whose entries would be lost',
      put({ metadata: new Map([['a', '1']]) }),
      'metadata',
      /a Map/,
      /fromEntries/,
    ],
    ['Headers as metadata', put({ metadata: new Headers({ a: '1' }) }), 'metadata', /a Headers/, /fromEntries/],
    ['undefined in metadata', put({ metadata: { a: undefined } }), 'metadata["a"]', /undefined/, /string/],
    [
      'metadata names that differ only in case',
      put({ metadata: { Owner: 'x', owner: 'y' } }),
      'metadata["owner"]',
      /more than case/,
      /lower case/,
    ],
    [
      'a metadata name with a space',
      put({ metadata: { 'a b': 'x' } }),
      'metadata["a b"]',
      /HTTP permits for a header/,
      /a-z/,
    ],
    ['a line break in metadata', put({ metadata: { a: 'x\ny' } }), 'metadata["a"]', /control characters/, /base64/],
    ['a line break in a header', put({ contentType: 'a\nb' }), 'contentType', /printable ASCII/, /line breaks/],
    [
      'a number as a header value',
      put({ cacheControl: 3600 }),
      'cacheControl',
      /must be a string, but it is 3600/,
      /string/,
    ],
    [
      'a storage class in lower case',
      put({ storageClass: 'standard' }),
      'storageClass',
      /"standard"/,
      `Use 'STANDARD'.`,
    ],
    ['a boolean as text', put({ verify: 'false' }), 'verify', /"false"/, /true or false/],
    ['an invalid Date', put({ expires: new Date('x') }), 'expires', /an invalid Date/, /new Date/],
    [
      'a checksum algorithm in lower case',
      put({ checksum: { algorithm: 'sha256' } }),
      'checksum.algorithm',
      /"sha256"/,
      `Use 'SHA256'.`,
    ],
    [
      'the name of an algorithm as a checksum',
      put({ checksum: 'SHA256' }),
      'checksum',
      /but it is a string/,
      /algorithm/,
    ],
    ['an MD5 in hex', put({ contentMd5: 'd'.repeat(32) }), 'contentMd5', /16 bytes in base64/, /not their hex form/],
    ['a key of 1,025 bytes', put({ key: 'x'.repeat(1025) }), 'key', /it has 1025/, /Shorten/],
    ['a key of 513 umlauts', put({ key: 'ü'.repeat(513) }), 'key', /it has 1026/, /Shorten/],
    ['an empty key', put({ key: '' }), 'key', /it is empty/, /Pass a key/],
    ['a key with a NUL', put({ key: 'a\0b' }), 'key', /NUL/, /Remove/],
    ['a key with half of an emoji', put({ key: '\ud83d' }), 'key', /well-formed Unicode/, /emoji/],
    ['a key that is an array', put({ key: ['k'] }), 'key', /but it is an array/, /string/],
    [
      'a path as the source of a copy',
      () => r2.objects.copy({ ...object, source: untyped('photos/k') }),
      'source',
      /a string/,
      /bucket, key/,
    ],
    [
      'CopySource instead of source',
      () => r2.objects.copy(untyped({ ...object, CopySource: 'photos/k' })),
      'CopySource',
      /did you mean source/,
      use('source'),
    ],
    [
      'CopySourceSSECustomerKey instead of sourceSsec',
      () => r2.objects.copy(untyped({ ...object, source: object, CopySourceSSECustomerKey: 'x' })),
      'CopySourceSSECustomerKey',
      /not a field/,
      /sourceSsec: \{ key \}/,
    ],
    [
      'an invalid condition on the source of a copy, naming the condition',
      () => r2.objects.copy({ ...object, source: object, sourceIfMatch: 'a\nb' }),
      'sourceIfMatch',
      /must be an ETag/,
      /unchanged/,
    ],
    [
      'complete without parts',
      () => r2.multipart.complete({ ...upload, parts: [] }),
      'parts',
      /at least one/,
      /at least one/,
    ],
    [
      'complete with parts in the shape of AWS',
      () => r2.multipart.complete({ ...upload, parts: [untyped({ PartNumber: 1, ETag: 'x' })] }),
      'parts[0].PartNumber',
      /did you mean partNumber/,
      use('partNumber'),
    ],
    [
      'complete with MultipartUpload',
      () => r2.multipart.complete(untyped({ ...upload, MultipartUpload: {} })),
      'MultipartUpload',
      /not a field/,
      /parts/,
    ],
    [
      'abort with an empty upload ID',
      () => r2.multipart.abort({ ...upload, uploadId: '' }),
      'uploadId',
      /must not be empty/,
      /multipart\.create/,
    ],
    [
      'guardUpload with an empty upload ID',
      () => r2.transfers.guardUpload({ ...upload, uploadId: '' }),
      'uploadId',
      /must not be empty/,
      /create/,
    ],
    [
      'guardUpload with an invalid bucket name',
      () => r2.transfers.guardUpload({ ...upload, bucket: '../x' }),
      'bucket',
      /lower-case|3 to 63/,
      /a-z/,
    ],
    [
      'a bucket name as the input of buckets.create',
      () => r2.buckets.create(untyped('photos')),
      'input',
      /but it is a string/,
      /bucket/,
    ],
    [
      'a location hint in upper case',
      () => r2.buckets.create(untyped({ bucket: 'new', locationHint: 'WEUR' })),
      'locationHint',
      /"WEUR"/,
      `Use 'weur'.`,
    ],
    [
      'MaxKeys in list',
      () => r2.objects.list(untyped({ bucket, MaxKeys: 5 })),
      'MaxKeys',
      /did you mean maxKeys/,
      use('maxKeys'),
    ],
    [
      'limit in list',
      () => r2.objects.list(untyped({ bucket, limit: 5 })),
      'limit',
      /did you mean maxKeys/,
      use('maxKeys'),
    ],
    [
      'cursor in list',
      () => r2.objects.list(untyped({ bucket, cursor: 'x' })),
      'cursor',
      /did you mean continuationToken/,
      /Use/,
    ],
    [
      'a list prefix with half of an emoji',
      () => r2.objects.list({ bucket, prefix: '\ud83d' }),
      'prefix',
      /well-formed/,
      /emoji/,
    ],
    [
      'a bucket name as the input of listAll',
      () => r2.objects.listAll(untyped(bucket)).collect(1),
      'input',
      /but it is a string/,
      /bucket/,
    ],
    [
      'a limit of collect as text',
      () => r2.objects.listAll({ bucket }).collect(untyped('5')),
      'limit',
      /the string "5"/,
      /number 5/,
    ],
    [
      'updateWithLock without a function',
      () => r2.objects.updateWithLock({ bucket, key: 'k', change: untyped('x') }),
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
  ])('the key %j is stored, read and deleted unchanged', async (key) => {
    const { endpoint, credentials } = local
    await using client = new R2Client({ endpoint, credentials })
    await client.objects.put({ bucket, key, body: key })
    expect((await client.objects.get({ bucket, key })).text()).toBe(key)
    expect((await client.objects.deleteObjects({ bucket, keys: [key] })).deleted).toEqual([key])
  })

  test('metadata names in upper case are stored and read back in lower case', async () => {
    await r2.objects.put({ ...object, body: 'x', metadata: { Owner: 'Ana', 'x-y_z.1': 'a  b' } })
    expect((await r2.objects.head(object)).metadata).toEqual({ owner: 'Ana', 'x-y_z.1': 'a  b' })
  })
})
