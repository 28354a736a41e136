import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8Bytes } from '../base/bytes.js'
import {
  completeMultipartUploadDocument,
  corsDocument,
  createBucketDocument,
  deleteDocument,
  encryptionDocument,
  escapeXml,
  lifecycleDocument,
  readCompleteMultipartUpload,
  readCopyResult,
  readDeleteResult,
  readInitiateMultipartUpload,
  readListBuckets,
  readListMultipartUploads,
  readListParts,
  readLocationConstraint,
  xmlCanCarry,
  xmlDocument,
} from './documents.js'
import { childOf, childrenOf, errorCodeOf, readErrorDocument, readTree } from './index.js'

const bytes = (markup: string) => utf8Bytes(markup)

describe('the reader of', () => {
  test('ListBuckets returns the paging fields of R2', () => {
    const response = xmlDocument(
      'ListAllMyBucketsResult',
      '<Buckets><Bucket><Name>b</Name><CreationDate>2026-01-31T12:00:00.000Z</CreationDate></Bucket></Buckets>' +
        '<Owner><ID>i</ID></Owner><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>',
    )
    expect(readListBuckets(bytes(response))).toEqual({
      buckets: [{ name: 'b', creationDate: new Date('2026-01-31T12:00:00Z') }],
      owner: { id: 'i' },
      isTruncated: true,
      nextContinuationToken: 't',
    })
  })

  test('ListBuckets accepts an empty list of a server without paging', () => {
    expect(readListBuckets(bytes('<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>'))).toEqual({
      buckets: [],
      isTruncated: false,
    })
  })

  test('ListParts returns parts with and without checksums', () => {
    const part = (more: string) =>
      `<Part><PartNumber>1</PartNumber><Size>5</Size><ETag>"e"</ETag><LastModified>2026-01-31T12:00:00.000Z</LastModified>${more}</Part>`
    const response = `<ListPartsResult>${part('<ChecksumCRC32>AAAAAA==</ChecksumCRC32>')}${part('')}<IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker></ListPartsResult>`
    const plain = { partNumber: 1, size: 5, etag: 'e', lastModified: new Date('2026-01-31T12:00:00Z') }
    expect(readListParts(bytes(response))).toEqual({
      parts: [{ ...plain, checksum: { algorithm: 'CRC32', value: 'AAAAAA==' } }, plain],
      isTruncated: true,
      nextPartNumberMarker: 1,
    })
  })

  test('ListMultipartUploads decodes keys, but not upload IDs', () => {
    const response =
      '<ListMultipartUploadsResult><EncodingType>url</EncodingType><NextKeyMarker>a%2Fb</NextKeyMarker><NextUploadIdMarker>a%2Fb</NextUploadIdMarker>' +
      '<IsTruncated>false</IsTruncated><Upload><Key>a%2Fb</Key><UploadId>a%2Fb+=</UploadId><Initiated>2026-01-31T12:00:00.000Z</Initiated></Upload>' +
      '<CommonPrefixes><Prefix>c%2F</Prefix></CommonPrefixes></ListMultipartUploadsResult>'
    expect(readListMultipartUploads(bytes(response))).toEqual({
      uploads: [{ key: 'a/b', uploadId: 'a%2Fb+=', initiated: new Date('2026-01-31T12:00:00Z') }],
      commonPrefixes: ['c/'],
      isTruncated: false,
      nextKeyMarker: 'a/b',
      nextUploadIdMarker: 'a%2Fb',
    })
  })

  test('CreateMultipartUpload rejects an empty upload ID', () => {
    const response = (id: string) =>
      bytes(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`)
    expect(readInitiateMultipartUpload(response('a+/='))).toEqual({ uploadId: 'a+/=' })
    expect(() => readInitiateMultipartUpload(response(''))).toThrow(
      expect.objectContaining({ code: 'InvalidResponse' }),
    )
  })

  test('CompleteMultipartUpload, CopyObject and UploadPartCopy returns bare ETags', () => {
    const complete =
      '<CompleteMultipartUploadResult><Location>l</Location><ETag>&quot;e-2&quot;</ETag><ChecksumCRC64NVME>x</ChecksumCRC64NVME></CompleteMultipartUploadResult>'
    expect(readCompleteMultipartUpload(bytes(complete))).toEqual({
      etag: 'e-2',
      location: 'l',
      checksum: { algorithm: 'CRC64NVME', value: 'x' },
    })
    const fields = '<LastModified>2026-01-31T12:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag>'
    for (const root of ['CopyObjectResult', 'CopyPartResult']) {
      expect(readCopyResult(bytes(`<${root}>${fields}</${root}>`))).toEqual({
        etag: 'e',
        lastModified: new Date('2026-01-31T12:00:00Z'),
      })
    }
  })

  test('CompleteMultipartUpload throws an error document in place of the response', () => {
    const error = '<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>'
    expect(() => readCompleteMultipartUpload(bytes(error))).toThrow(
      expect.objectContaining({
        code: 'InternalError',
        s3Code: 'InternalError',
        retryable: true,
        message: 'We encountered an internal error.',
      }),
    )
  })

  test('DeleteObjects returns deleted and failed keys, with their spaces', () => {
    const response =
      '<DeleteResult><Deleted><Key> a </Key></Deleted><Error><Key>b</Key><Code>AccessDenied</Code><Message>m</Message></Error></DeleteResult>'
    expect(readDeleteResult(bytes(response))).toEqual({
      deleted: [' a '],
      errors: [{ key: 'b', code: 'AccessDenied', message: 'm' }],
    })
  })

  test('GetBucketLocation accepts a response with and without a location', () => {
    expect(readLocationConstraint(bytes('<LocationConstraint xmlns="x">ENAM</LocationConstraint>'))).toBe('ENAM')
    expect(readLocationConstraint(bytes('<LocationConstraint xmlns="x"/>'))).toBe('')
  })
})

describe('readErrorDocument', () => {
  test('reads the fields that R2 and AWS add', () => {
    const document =
      '<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchKey</Code><Message>The key&apos;s gone.</Message><Key>k</Key><RequestId>r</RequestId></Error>'
    expect(readErrorDocument(bytes(document))).toEqual({
      code: 'NoSuchKey',
      message: "The key's gone.",
      requestId: 'r',
    })
  })

  test.each([
    '',
    'error code: 520',
    '<html><body>502</body></html>',
    '<Error><Message>m</Message></Error>',
    '<Error><Code>Cut</Co',
  ])('returns undefined for %j', (body) => {
    expect(readErrorDocument(bytes(body))).toBeUndefined()
  })

  test.each([
    '<s3:Error xmlns:s3="x">\n <s3:Code>Gone</s3:Code></s3:Error>',
    '\ufeff <?xml version="1.0"?>\n<!-- <Code>no</Code> --><Error xmlns="x"><Code a="b">Gone</Code></Error>',
    '<Error><Code>G&#x6f;ne</Code>',
  ])('reads the code of %j', (body) => {
    expect(readErrorDocument(bytes(body))).toEqual({ code: 'Gone', message: undefined, requestId: undefined })
  })

  test('returns undefined for an error inside another document', () => {
    const results = '<DeleteResult><Error><Code>AccessDenied</Code></Error></DeleteResult>'
    expect(readErrorDocument(bytes(results))).toBeUndefined()
  })

  test.each(['<', '<Code', '<Error', '<?', '<!--', '<Error><Code>', '&', '<a:'])(
    'takes a time that is proportional to the length of a body of %j',
    (piece) => {
      const body = bytes(`<Error>${piece.repeat(65_536)}`)
      const startMs = performance.now()
      readErrorDocument(body)
      expect(performance.now() - startMs).toBeLessThan(1_000)
    },
  )

  test('reads an S3 code that errorCodeOf maps to an error code', () => {
    expect(errorCodeOf('NoSuchKey')).toBe('ObjectNotFound')
    expect(errorCodeOf('Unheard')).toBeUndefined()
  })
})

const xmlText = fc.string({ unit: 'binary' }).filter(xmlCanCarry)
const some = <T>(values: fc.Arbitrary<T>) =>
  fc.option(fc.array(values, { minLength: 1, maxLength: 3 }), { nil: undefined })
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined })
const days = fc.nat({ max: 36_500 })
const date = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
const moment = fc.oneof(fc.record({ days }), fc.record({ date }))

describe('a document is read as it was written:', () => {
  const defined = (value: unknown) => JSON.parse(JSON.stringify(value))
  const holds = <T>(kind: { read(bytes: Uint8Array): unknown; write(value: T): string }, values: fc.Arbitrary<T>) =>
    fc.assert(
      fc.property(values, (value) => {
        expect(defined(kind.read(bytes(kind.write(value))))).toEqual(defined(value))
      }),
    )

  test('CompleteMultipartUpload', () => {
    const checksum = fc.record({
      algorithm: fc.constantFrom('CRC32' as const, 'SHA256' as const),
      value: fc.base64String({ minLength: 4 }),
    })
    const part = fc.record({
      partNumber: fc.integer({ min: 1, max: 10_000 }),
      etag: fc.stringMatching(/^[0-9a-f]{32}$/),
      checksum: maybe(checksum),
    })
    holds(completeMultipartUploadDocument, fc.record({ parts: fc.array(part) }))
  })
  test('DeleteObjects', () => holds(deleteDocument, fc.record({ keys: fc.array(xmlText), quiet: maybe(fc.boolean()) })))
  test('CreateBucket', () => holds(createBucketDocument, fc.record({ locationConstraint: maybe(xmlText) })))
  test('EncryptionConfiguration', () =>
    holds(
      encryptionDocument,
      fc.record({ rules: fc.array(fc.record({ algorithm: xmlText, bucketKeyEnabled: fc.boolean() })) }),
    ))
  test('CORSConfiguration', () => {
    const rule = fc.record({
      id: maybe(xmlText),
      allowedOrigins: fc.array(xmlText),
      allowedMethods: fc.array(fc.constantFrom('GET' as const, 'PUT' as const, 'HEAD' as const)),
      allowedHeaders: some(xmlText),
      exposeHeaders: some(xmlText),
      maxAgeSeconds: maybe(days),
    })
    holds(corsDocument, fc.record({ rules: fc.array(rule) }))
  })
  test('LifecycleConfiguration', () => {
    const rule = fc.record({
      id: maybe(xmlText),
      status: fc.constantFrom('Enabled' as const, 'Disabled' as const),
      prefix: xmlText,
      expiration: maybe(moment),
      transitions: some(fc.tuple(moment, xmlText).map(([when, storageClass]) => ({ ...when, storageClass }))),
      abortIncompleteMultipartUploadDays: maybe(days),
    })
    holds(lifecycleDocument, fc.record({ rules: fc.array(rule) }))
  })
})

describe('the writer', () => {
  test('writes a list of parts in the namespace of S3', () => {
    expect(completeMultipartUploadDocument.write({ parts: [{ partNumber: 1, etag: 'e' }] })).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
        '<Part><PartNumber>1</PartNumber><ETag>&quot;e&quot;</ETag></Part></CompleteMultipartUpload>',
    )
  })

  test('writes a filter into every lifecycle rule, because S3 requires one', () => {
    const rule = { status: 'Enabled', abortIncompleteMultipartUploadDays: 7 } as const
    expect(lifecycleDocument.write({ rules: [rule] })).toContain(
      '<Rule><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>',
    )
  })

  test('has a reader that finds the prefix of a rule in each of its three places', () => {
    const read = (markup: string) =>
      lifecycleDocument.read(
        bytes(`<LifecycleConfiguration><Rule>${markup}<Status>Enabled</Status></Rule></LifecycleConfiguration>`),
      ).rules[0]?.prefix
    expect(read('<Filter><Prefix>a/</Prefix></Filter>')).toBe('a/')
    expect(read('<Filter><And><Prefix>a/</Prefix></And></Filter>')).toBe('a/')
    expect(read('<Prefix>a/</Prefix>')).toBe('a/')
    expect(read('<Filter/>')).toBeUndefined()
  })

  test.each(['\u0001', 'a\u000bb', '\ufffe', '\ud800'])('rejects a text that XML cannot carry: %j', (key) => {
    expect(xmlCanCarry(key)).toBe(false)
    expect(() => deleteDocument.write({ keys: ['fine', key] })).toThrow(
      expect.objectContaining({ code: 'InvalidInput', field: 'keys[1]' }),
    )
  })

  test('escapes quotes, line ends and tabs as references', () => {
    expect(escapeXml(`<a b='c' d="e">&\t\r\n\u0001`)).toBe(
      '&lt;a b=&apos;c&apos; d=&quot;e&quot;&gt;&amp;&#9;&#13;&#10;&#1;',
    )
  })

  test('rejects an invalid date and names its field', () => {
    const rules = [{ status: 'Enabled' as const, expiration: { date: new Date(Number.NaN) } }]
    expect(() => lifecycleDocument.write({ rules })).toThrow(
      expect.objectContaining({ code: 'InvalidInput', field: 'rules[0].expiration.date' }),
    )
  })
})

test('childOf and childrenOf find children by name, in document order', () => {
  const root = readTree(bytes('<a><b>1</b><c/><b>2</b></a>'))
  expect(childOf(root, 'b')?.text).toBe('1')
  expect(childOf(root, 'd')).toBeUndefined()
  expect(childrenOf(root, 'b').map(({ text }) => text)).toEqual(['1', '2'])
})
