/** The encoding and decoding of every operation. An operation without a case here fails the last test. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type FakeResponse, fakeClient, objectHeaders } from '#test/support/fake-transport.js'
import type { R2Client } from '../r2-client.js'
import type { CorsRule, EncryptionRule, LifecycleRule } from '../xml/documents.js'
import type { BucketConfiguration } from './buckets/buckets-api.js'
import { operations } from './operations.js'

interface Case {
  readonly what: string
  readonly call: (r2: R2Client) => Promise<unknown>
  /** The request line, then header fields in the order of their names, without those of every request. */
  readonly sends: readonly [line: string, headers?: Readonly<Record<string, string>>, body?: string]
  readonly response?: FakeResponse
  readonly gives: Readonly<Record<string, unknown>>
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const md5 = (content: string | Uint8Array): string => createHash('md5').update(content).digest('base64')
const xml = (content: string): string => `<?xml version="1.0" encoding="UTF-8"?>${content}`
const address = { bucket: 'photos', key: 'a b/ü.jpg' }
const path = '/photos/a%20b/%C3%BC.jpg'
const upload = { ...address, uploadId: 'up/load+id=' }
const uploadQuery = 'uploadId=up%2Fload%2Bid%3D'
const moment = new Date('2026-02-03T04:05:06.789Z')
const httpMoment = 'Tue, 03 Feb 2026 04:05:06 GMT'
const ssec = { key: new Uint8Array(32).fill(7) }
const ssecHeaders = {
  'x-amz-server-side-encryption-customer-algorithm': 'AES256',
  'x-amz-server-side-encryption-customer-key': Buffer.alloc(32, 7).toString('base64'),
  'x-amz-server-side-encryption-customer-key-md5': md5(Buffer.alloc(32, 7)),
}
const sourceSsecHeaders = Object.fromEntries(
  Object.entries(ssecHeaders).map(([name, value]) => [name.replace('x-amz-', 'x-amz-copy-source-'), value]),
)
const description = {
  contentType: 'image/jpeg',
  cacheControl: 'no-transform',
  contentDisposition: 'inline',
  contentEncoding: 'gzip',
  contentLanguage: 'de',
  expires: moment,
  metadata: { Owner: 'ana', note: 'grüße 😀' },
  storageClass: 'STANDARD_IA',
} as const
const descriptionHeaders = {
  'content-type': 'image/jpeg',
  'cache-control': 'no-transform',
  'content-disposition': 'inline',
  'content-encoding': 'gzip',
  'content-language': 'de',
  expires: httpMoment,
  'x-amz-meta-owner': 'ana',
  'x-amz-meta-note': `=?UTF-8?B?${base64('grüße 😀')}?=`,
  'x-amz-storage-class': 'STANDARD_IA',
}
const readHeaders = { 'x-amz-checksum-mode': 'ENABLED' }
const conditions = {
  ifMatch: 'e1',
  ifNoneMatch: ['e2', 'W/"e3"', '*'],
  ifModifiedSince: moment,
  ifUnmodifiedSince: moment,
}
const conditionHeaders = (prefix = '') => ({
  [`${prefix}if-match`]: '"e1"',
  [`${prefix}if-none-match`]: '"e2", W/"e3", *',
  [`${prefix}if-modified-since`]: httpMoment,
  [`${prefix}if-unmodified-since`]: httpMoment,
})
const stored = { etag: '"e"', 'x-amz-version-id': 'v1', 'cf-ray': 'ray-1' }
const document = (root: string) => ({ headers: { 'cf-ray': 'ray-1' }, body: xml(root) })
const copied = document(
  '<CopyObjectResult><ETag>&quot;e&quot;</ETag><LastModified>2026-02-03T04:05:06.789Z</LastModified></CopyObjectResult>',
)
const copyOutput = { etag: 'e', lastModified: moment, requestId: 'ray-1' }

const cases: Record<string, readonly Case[]> = {
  PutObject: [
    {
      what: 'with required fields only',
      call: (r2) => r2.objects.put({ ...address, body: 'x' }),
      sends: [`PUT ${path}`, { 'x-amz-checksum-crc32': 'jNwWgw==' }, 'x'],
      response: { headers: stored },
      gives: {
        etag: 'e',
        checksum: { algorithm: 'CRC32', value: 'jNwWgw==' },
        verifiedBy: 'CRC32',
        versionId: 'v1',
        requestId: 'ray-1',
      },
    },
    {
      what: 'with all fields',
      call: (r2) =>
        r2.objects.put({
          ...address,
          ...description,
          ...conditions,
          body: new TextEncoder().encode('123456789'),
          checksum: { algorithm: 'CRC32' },
          ssec,
          createBucketIfMissing: true,
        }),
      sends: [
        `PUT ${path}`,
        {
          ...descriptionHeaders,
          ...conditionHeaders(),
          ...ssecHeaders,
          'x-amz-checksum-crc32': 'y/Q5Jg==',
          'cf-create-bucket-if-missing': 'true',
        },
        '123456789',
      ],
      response: { headers: { ...stored, 'x-amz-checksum-crc32': 'y/Q5Jg==', 'x-amz-checksum-type': 'FULL_OBJECT' } },
      gives: { checksum: { algorithm: 'CRC32', value: 'y/Q5Jg==', type: 'FULL_OBJECT' } },
    },
    ...(
      [
        ['CRC32C', '4waSgw=='],
        ['CRC64NVME', 'rosUhgp5mIg='],
        ['SHA1', createHash('sha1').update('123456789').digest('base64')],
        ['SHA256', createHash('sha256').update('123456789').digest('base64')],
      ] as const
    ).map(
      ([algorithm, value]): Case => ({
        what: `with the ${algorithm} of the published check text`,
        call: (r2) => r2.objects.put({ ...address, body: '123456789', checksum: { algorithm } }),
        sends: [`PUT ${path}`, { [`x-amz-checksum-${algorithm.toLowerCase()}`]: value }, '123456789'],
        response: { headers: stored },
        gives: { etag: 'e' },
      }),
    ),
    {
      what: 'with an MD5 of the caller',
      call: (r2) => r2.objects.put({ ...address, body: 'x', contentMd5: md5('x') }),
      sends: [`PUT ${path}`, { 'content-md5': md5('x') }, 'x'],
      response: { headers: stored },
      gives: { etag: 'e' },
    },
  ],
  GetObject: [
    {
      what: 'with required fields only',
      call: (r2) => r2.objects.get(address),
      sends: [`GET ${path}`, readHeaders],
      response: { headers: objectHeaders(2), body: 'hi' },
      gives: {
        size: 2,
        body: new TextEncoder().encode('hi'),
        storageClass: 'STANDARD',
        metadata: {},
        missingMetadata: 0,
      },
    },
    {
      what: 'with all fields',
      call: (r2) =>
        r2.objects.get({
          ...address,
          ...conditions,
          ssec,
          range: { offset: 2, length: 3 },
          responseContentType: 'text/plain; x="y"',
          responseCacheControl: 'no-store',
          responseContentDisposition: 'attachment',
          responseContentEncoding: 'identity',
          responseContentLanguage: 'fr',
          responseExpires: httpMoment,
        }),
      sends: [
        `GET ${path}?response-cache-control=no-store&response-content-disposition=attachment&response-content-encoding=identity&response-content-language=fr&response-content-type=text%2Fplain%3B%20x%3D%22y%22&response-expires=Tue%2C%2003%20Feb%202026%2004%3A05%3A06%20GMT`,
        { ...readHeaders, ...conditionHeaders(), ...ssecHeaders, range: 'bytes=2-4' },
      ],
      response: {
        status: 206,
        headers: {
          ...objectHeaders(3),
          'content-range': 'bytes 2-4/9',
          'content-type': 'text/plain',
          'cache-control': 'no-store',
          'content-disposition': 'attachment',
          'content-encoding': 'gzip',
          'content-language': 'fr',
          expires: 'never',
          'x-amz-meta-note': '=?UTF-8?Q?gr=C3=BC=C3=9Fe?=',
          'x-amz-meta-__proto__': 'not a prototype',
          'x-amz-missing-meta': '2',
          'x-amz-storage-class': 'STANDARD_IA',
          'x-amz-checksum-sha256': 'FeKw09M7eeLknn4GJuPtd3zpaoi+awYPVPQmScNPn+U=-3',
          'x-amz-checksum-type': 'COMPOSITE',
          'x-amz-version-id': 'v1',
          'x-amz-expiration': 'expiry-date="x", rule-id="y"',
          'x-amz-server-side-encryption-customer-key-md5': 'm',
          'cf-ray': 'ray-1',
        },
        body: 'abc',
      },
      gives: {
        size: 9,
        etag: '0123456789abcdef0123456789abcdef',
        lastModified: new Date('2026-01-01T00:00:00Z'),
        contentRange: { offset: 2, length: 3, total: 9 },
        contentType: 'text/plain',
        cacheControl: 'no-store',
        contentDisposition: 'attachment',
        contentEncoding: 'gzip',
        contentLanguage: 'fr',
        expires: 'never',
        metadata: JSON.parse('{"note":"grüße","__proto__":"not a prototype"}'),
        missingMetadata: 2,
        storageClass: 'STANDARD_IA',
        checksum: { algorithm: 'SHA256', value: 'FeKw09M7eeLknn4GJuPtd3zpaoi+awYPVPQmScNPn+U=-3', type: 'COMPOSITE' },
        versionId: 'v1',
        expiration: 'expiry-date="x", rule-id="y"',
        ssecKeyMd5: 'm',
        requestId: 'ray-1',
      },
    },
    {
      what: 'with a range from an offset to the end',
      call: (r2) => r2.objects.get({ ...address, range: { offset: 7 } }),
      sends: [`GET ${path}`, { ...readHeaders, range: 'bytes=7-' }],
      response: { status: 206, headers: objectHeaders(2, { 'content-range': 'bytes 7-8/9' }), body: 'hi' },
      gives: { size: 9, contentRange: { offset: 7, length: 2, total: 9 } },
    },
    {
      what: 'with a suffix longer than the object',
      call: (r2) => r2.objects.get({ ...address, range: { suffix: 100 } }),
      sends: [`GET ${path}`, { ...readHeaders, range: 'bytes=-100' }],
      response: { status: 206, headers: objectHeaders(2, { 'content-range': 'bytes 0-1/2' }), body: 'hi' },
      gives: { contentRange: { offset: 0, length: 2, total: 2 } },
    },
    {
      what: 'with a part number',
      call: (r2) => r2.objects.get({ ...address, partNumber: 3 }),
      sends: [`GET ${path}?partNumber=3`, readHeaders],
      response: {
        status: 206,
        headers: objectHeaders(2, { 'content-range': 'bytes 7-8/9', 'x-amz-mp-parts-count': '3' }),
        body: 'hi',
      },
      gives: { partsCount: 3 },
    },
  ],
  HeadObject: [
    {
      what: 'with required fields only',
      call: (r2) => r2.objects.head(address),
      sends: [`HEAD ${path}`, readHeaders],
      response: { headers: objectHeaders(5_000_000_000) },
      gives: { size: 5_000_000_000, contentRange: undefined },
    },
    {
      what: 'with conditions and a key',
      call: (r2) => r2.objects.head({ ...address, ...conditions, ssec }),
      sends: [`HEAD ${path}`, { ...readHeaders, ...conditionHeaders(), ...ssecHeaders }],
      response: { headers: objectHeaders(0) },
      gives: { size: 0 },
    },
  ],
  DeleteObject: [
    {
      what: 'with all fields',
      call: (r2) => r2.objects.delete(address),
      sends: [`DELETE ${path}`],
      response: { status: 204, headers: stored },
      gives: { versionId: 'v1', requestId: 'ray-1' },
    },
  ],
  DeleteObjects: [
    {
      what: 'with several keys',
      call: (r2) => r2.objects.deleteObjects({ bucket: 'photos', keys: ['a', ' <&"\'>\n ', 'c'] }),
      sends: [
        'POST /photos?delete=',
        expect.objectContaining({ 'content-type': 'application/xml', 'content-md5': expect.any(String) }),
        expect.stringMatching(/<Delete[^>]*><Object><Key>a<\/Key><\/Object>.*&lt;&amp;/),
      ],
      response: document(
        '<DeleteResult><Deleted><Key>a</Key></Deleted><Deleted><Key> &lt;&amp;"\'&gt;&#10; </Key></Deleted><Error><Key>c</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>',
      ),
      gives: {
        deleted: ['a', ' <&"\'>\n '],
        failed: [
          {
            key: 'c',
            error: expect.objectContaining({
              code: 'AccessDenied',
              s3Code: 'AccessDenied',
              key: 'c',
              bucket: 'photos',
            }),
          },
        ],
      },
    },
  ],
  CopyObject: [
    {
      what: 'with required fields only',
      call: (r2) => r2.objects.copy({ ...address, source: { bucket: 'old', key: 'ö/../%2F+' } }),
      sends: [`PUT ${path}`, { 'x-amz-copy-source': '/old/%C3%B6/../%252F%2B' }],
      response: copied,
      gives: copyOutput,
    },
    {
      what: 'with all fields',
      call: (r2) =>
        r2.objects.copy({
          ...address,
          ...description,
          ...conditions,
          source: { bucket: 'old', key: 'k' },
          metadataDirective: 'MERGE',
          sourceIfMatch: 'e1',
          sourceIfNoneMatch: conditions.ifNoneMatch,
          sourceIfModifiedSince: moment,
          sourceIfUnmodifiedSince: moment,
          ssec,
          sourceSsec: ssec,
        }),
      sends: [
        `PUT ${path}`,
        {
          ...descriptionHeaders,
          ...conditionHeaders('cf-copy-destination-'),
          ...conditionHeaders('x-amz-copy-source-'),
          ...ssecHeaders,
          ...sourceSsecHeaders,
          'x-amz-copy-source': '/old/k',
          'x-amz-metadata-directive': 'MERGE',
        },
      ],
      response: copied,
      gives: copyOutput,
    },
  ],
  ListObjectsV2: [
    {
      what: 'with required fields only',
      call: (r2) => r2.objects.list({ bucket: 'photos' }),
      sends: ['GET /photos?encoding-type=url&list-type=2'],
      response: document('<ListBucketResult><Name>photos</Name><IsTruncated>false</IsTruncated></ListBucketResult>'),
      gives: { objects: [], commonPrefixes: [], isTruncated: false, keyCount: 0, requestId: 'ray-1' },
    },
    {
      what: 'with all fields',
      call: (r2) =>
        r2.objects.list({
          bucket: 'photos',
          prefix: 'a b/',
          delimiter: '/',
          continuationToken: 't/1',
          startAfter: 'ü',
          maxKeys: 7,
          fetchOwner: true,
        }),
      sends: [
        'GET /photos?continuation-token=t%2F1&delimiter=%2F&encoding-type=url&fetch-owner=true&list-type=2&max-keys=7&prefix=a%20b%2F&start-after=%C3%BC',
      ],
      response: document(
        '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t2</NextContinuationToken><EncodingType>url</EncodingType><KeyCount>2</KeyCount><MaxKeys>7</MaxKeys><Contents><Key>a%20b%2F%C3%BC</Key><Size>3</Size><ETag>&quot;e&quot;</ETag><LastModified>2026-02-03T04:05:06.789Z</LastModified><StorageClass>STANDARD</StorageClass><Owner><ID>o</ID></Owner></Contents><CommonPrefixes><Prefix>a%20b%2Fc%2F</Prefix></CommonPrefixes></ListBucketResult>',
      ),
      gives: {
        objects: [
          { key: 'a b/ü', size: 3, etag: 'e', lastModified: moment, storageClass: 'STANDARD', owner: { id: 'o' } },
        ],
        commonPrefixes: ['a b/c/'],
        isTruncated: true,
        nextContinuationToken: 't2',
        keyCount: 2,
        maxKeys: 7,
      },
    },
  ],
  CreateMultipartUpload: [
    {
      what: 'with required fields only',
      call: (r2) => r2.multipart.create(address),
      sends: [`POST ${path}?uploads=`],
      response: document('<InitiateMultipartUploadResult><UploadId>u/+=</UploadId></InitiateMultipartUploadResult>'),
      gives: { uploadId: 'u/+=', requestId: 'ray-1' },
    },
    {
      what: 'with all fields',
      call: (r2) =>
        r2.multipart.create({
          ...address,
          ...description,
          ...conditions,
          ssec,
          checksumAlgorithm: 'CRC64NVME',
          checksumType: 'FULL_OBJECT',
          createBucketIfMissing: true,
        }),
      sends: [
        `POST ${path}?uploads=`,
        {
          ...descriptionHeaders,
          ...conditionHeaders(),
          ...ssecHeaders,
          'x-amz-checksum-algorithm': 'CRC64NVME',
          'x-amz-checksum-type': 'FULL_OBJECT',
          'cf-create-bucket-if-missing': 'true',
        },
      ],
      response: document('<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>'),
      gives: { uploadId: 'u' },
    },
  ],
  UploadPart: [
    {
      what: 'with all fields',
      call: (r2) =>
        r2.multipart.uploadPart({
          ...upload,
          partNumber: 10_000,
          body: '123456789',
          checksum: { algorithm: 'CRC32C', value: '4waSgw==' },
          ssec,
        }),
      sends: [
        `PUT ${path}?partNumber=10000&${uploadQuery}`,
        { ...ssecHeaders, 'x-amz-checksum-crc32c': '4waSgw==' },
        '123456789',
      ],
      response: { headers: { ...stored, 'x-amz-checksum-crc32c': '4waSgw==' } },
      gives: { etag: 'e', checksum: { algorithm: 'CRC32C', value: '4waSgw==' }, requestId: 'ray-1' },
    },
    {
      what: 'with an empty part and its MD5',
      call: (r2) => r2.multipart.uploadPart({ ...upload, partNumber: 1, body: '', contentMd5: md5('') }),
      sends: [`PUT ${path}?partNumber=1&${uploadQuery}`, { 'content-md5': md5('') }],
      response: { headers: stored },
      gives: { etag: 'e' },
    },
  ],
  UploadPartCopy: [
    {
      what: 'with all fields',
      call: (r2) =>
        r2.multipart.uploadPartCopy({
          ...upload,
          partNumber: 2,
          source: { bucket: 'old', key: 'k' },
          sourceRange: { offset: 5, length: 10 },
          ssec,
          sourceSsec: ssec,
        }),
      sends: [
        `PUT ${path}?partNumber=2&${uploadQuery}`,
        {
          ...ssecHeaders,
          ...sourceSsecHeaders,
          'x-amz-copy-source': '/old/k',
          'x-amz-copy-source-range': 'bytes=5-14',
        },
      ],
      response: document(
        '<CopyPartResult><ETag>"e"</ETag><LastModified>2026-02-03T04:05:06.789Z</LastModified></CopyPartResult>',
      ),
      gives: copyOutput,
    },
  ],
  CompleteMultipartUpload: [
    {
      what: 'with parts in any order and conditions',
      call: (r2) =>
        r2.multipart.complete({
          ...upload,
          ...conditions,
          ssec,
          parts: [
            { partNumber: 2, etag: 'e2', checksum: { algorithm: 'CRC32', value: 'y/Q5Jg==' } },
            { partNumber: 1, etag: 'e1' },
          ],
        }),
      sends: [
        `POST ${path}?${uploadQuery}`,
        { ...conditionHeaders(), ...ssecHeaders, 'content-type': 'application/xml' },
        expect.stringMatching(
          /<Part><PartNumber>1<\/PartNumber><ETag>(")?(&quot;)?e1.*<Part><PartNumber>2<.*<ChecksumCRC32>y\/Q5Jg==</,
        ),
      ],
      response: {
        headers: { 'cf-ray': 'ray-1', 'x-amz-version-id': 'v1' },
        body: `\n \n${'\n'.repeat(4000)}<CompleteMultipartUploadResult><Location>https://x/y</Location><ETag>"e-2"</ETag><ChecksumCRC32>abc=-2</ChecksumCRC32></CompleteMultipartUploadResult>`,
      },
      gives: {
        etag: 'e-2',
        location: 'https://x/y',
        checksum: { algorithm: 'CRC32', value: 'abc=-2' },
        versionId: 'v1',
        requestId: 'ray-1',
      },
    },
  ],
  AbortMultipartUpload: [
    {
      what: 'with all fields',
      call: (r2) => r2.multipart.abort(upload),
      sends: [`DELETE ${path}?${uploadQuery}`],
      response: { status: 204, headers: stored },
      gives: { requestId: 'ray-1' },
    },
  ],
  ListParts: [
    {
      what: 'with all fields',
      call: (r2) => r2.multipart.listParts({ ...upload, partNumberMarker: 3, maxParts: 2 }),
      sends: [`GET ${path}?max-parts=2&part-number-marker=3&${uploadQuery}`],
      response: document(
        '<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>5</NextPartNumberMarker><StorageClass>STANDARD</StorageClass><Part><PartNumber>5</PartNumber><Size>9</Size><ETag>"e"</ETag><LastModified>2026-02-03T04:05:06.789Z</LastModified><ChecksumSHA256>s</ChecksumSHA256></Part></ListPartsResult>',
      ),
      gives: {
        parts: [
          { partNumber: 5, size: 9, etag: 'e', lastModified: moment, checksum: { algorithm: 'SHA256', value: 's' } },
        ],
        isTruncated: true,
        nextPartNumberMarker: 5,
        requestId: 'ray-1',
      },
    },
  ],
  ListMultipartUploads: [
    {
      what: 'with all fields',
      call: (r2) =>
        r2.multipart.listUploads({
          bucket: 'photos',
          prefix: 'a/',
          delimiter: '/',
          keyMarker: 'k',
          uploadIdMarker: 'u',
          maxUploads: 3,
        }),
      sends: [
        'GET /photos?delimiter=%2F&encoding-type=url&key-marker=k&max-uploads=3&prefix=a%2F&upload-id-marker=u&uploads=',
      ],
      response: document(
        '<ListMultipartUploadsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextKeyMarker>a%2Fz</NextKeyMarker><NextUploadIdMarker>u2</NextUploadIdMarker><Upload><Key>a%2F%C3%BC</Key><UploadId>u1</UploadId><Initiated>2026-02-03T04:05:06.789Z</Initiated></Upload><CommonPrefixes><Prefix>a%2Fb%2F</Prefix></CommonPrefixes></ListMultipartUploadsResult>',
      ),
      gives: {
        uploads: [{ key: 'a/ü', uploadId: 'u1', initiated: moment }],
        commonPrefixes: ['a/b/'],
        isTruncated: true,
        nextKeyMarker: 'a/z',
        nextUploadIdMarker: 'u2',
        requestId: 'ray-1',
      },
    },
  ],
  ListBuckets: [
    {
      what: 'with all fields',
      call: (r2) => r2.buckets.list({ prefix: 'p', startAfter: 'q', continuationToken: 'r', maxKeys: 3 }),
      sends: ['GET /?continuation-token=r&max-keys=3&prefix=p&start-after=q'],
      response: document(
        '<ListAllMyBucketsResult><Buckets><Bucket><Name>photos</Name><CreationDate>2026-02-03T04:05:06.789Z</CreationDate></Bucket></Buckets><Owner><ID>o</ID><DisplayName>d</DisplayName></Owner><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListAllMyBucketsResult>',
      ),
      gives: {
        buckets: [{ name: 'photos', creationDate: moment }],
        owner: { id: 'o', displayName: 'd' },
        isTruncated: true,
        nextContinuationToken: 't',
        requestId: 'ray-1',
      },
    },
  ],
  HeadBucket: [
    {
      what: 'with all fields',
      call: (r2) => r2.buckets.head({ bucket: 'photos' }),
      sends: ['HEAD /photos'],
      response: { headers: { 'x-amz-bucket-region': 'auto', 'cf-ray': 'ray-1' } },
      gives: { region: 'auto', requestId: 'ray-1' },
    },
  ],
  CreateBucket: [
    {
      what: 'with required fields only',
      call: (r2) => r2.buckets.create({ bucket: 'photos' }),
      sends: ['PUT /photos'],
      response: { headers: { location: '/photos', 'cf-ray': 'ray-1' } },
      gives: { location: '/photos', requestId: 'ray-1' },
    },
    {
      what: 'with a location hint',
      call: (r2) => r2.buckets.create({ bucket: 'photos', locationHint: 'weur' }),
      sends: ['PUT /photos', {}, expect.stringContaining('<LocationConstraint>weur</LocationConstraint>')],
      gives: { location: undefined },
    },
  ],
  DeleteBucket: [
    {
      what: 'with all fields',
      call: (r2) => r2.buckets.delete({ bucket: 'photos' }),
      sends: ['DELETE /photos'],
      response: { status: 204, headers: stored },
      gives: { requestId: 'ray-1' },
    },
  ],
  GetBucketLocation: [
    {
      what: 'with all fields',
      call: (r2) => r2.buckets.location({ bucket: 'photos' }),
      sends: ['GET /photos?location='],
      response: document('<LocationConstraint>WEUR</LocationConstraint>'),
      gives: { location: 'WEUR', requestId: 'ray-1' },
    },
  ],
}

/** The three operations of a configuration, for a rule and its document. */
const configuration = <Rule>(
  [get, put, remove]: readonly [string, string, string],
  subresource: string,
  api: (r2: R2Client) => BucketConfiguration<Rule>,
  rule: Rule,
  body: string,
): Record<string, readonly Case[]> => ({
  [get]: [
    {
      what: 'with all fields',
      call: (r2) => api(r2).get({ bucket: 'photos' }),
      sends: [`GET /photos?${subresource}=`],
      response: { headers: { 'cf-ray': 'ray-1' }, body },
      gives: { rules: [rule], requestId: 'ray-1' },
    },
  ],
  [put]: [
    {
      what: 'with all fields',
      call: (r2) => api(r2).put({ bucket: 'photos', rules: [rule] }),
      sends: [`PUT /photos?${subresource}=`, { 'content-md5': md5(body), 'content-type': 'application/xml' }, body],
      response: { headers: stored },
      gives: { requestId: 'ray-1' },
    },
  ],
  [remove]: [
    {
      what: 'with all fields',
      call: (r2) => api(r2).delete({ bucket: 'photos' }),
      sends: [`DELETE /photos?${subresource}=`],
      response: { status: 204, headers: stored },
      gives: { requestId: 'ray-1' },
    },
  ],
})

const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
const configurations = {
  ...configuration<CorsRule>(
    ['GetBucketCors', 'PutBucketCors', 'DeleteBucketCors'],
    'cors',
    (r2) => r2.buckets.cors,
    { id: 'r', allowedOrigins: ['https://example.com'], allowedMethods: ['GET', 'PUT'], maxAgeSeconds: 60 },
    xml(
      `<CORSConfiguration ${namespace}><CORSRule><ID>r</ID><AllowedOrigin>https://example.com</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>`,
    ),
  ),
  ...configuration<LifecycleRule>(
    ['GetBucketLifecycleConfiguration', 'PutBucketLifecycleConfiguration', 'DeleteBucketLifecycle'],
    'lifecycle',
    (r2) => r2.buckets.lifecycle,
    {
      id: 'r',
      prefix: 'logs/',
      status: 'Enabled',
      expiration: { days: 7 },
      transitions: [{ days: 3, storageClass: 'STANDARD_IA' }],
      abortIncompleteMultipartUploadDays: 2,
    },
    xml(
      `<LifecycleConfiguration ${namespace}><Rule><ID>r</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>7</Days></Expiration><Transition><Days>3</Days><StorageClass>STANDARD_IA</StorageClass></Transition><AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>`,
    ),
  ),
  ...configuration<EncryptionRule>(
    ['GetBucketEncryption', 'PutBucketEncryption', 'DeleteBucketEncryption'],
    'encryption',
    (r2) => r2.buckets.encryption,
    { algorithm: 'AES256', bucketKeyEnabled: true },
    xml(
      `<ServerSideEncryptionConfiguration ${namespace}><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>`,
    ),
  ),
}

const sentBy = async ({ call, response }: Case) => {
  const { r2, transport, clock } = fakeClient(() => response ?? {})
  const output = await clock.run(call(r2))
  const [request] = transport.sent
  if (request === undefined) throw new Error('nothing was sent')
  const {
    host,
    authorization,
    'x-amz-date': date,
    'x-amz-content-sha256': hash,
    'accept-encoding': coding,
    ...headers
  } = request.headers
  const line = `${request.method} ${request.path}${request.query === '' ? '' : `?${request.query}`}`
  return {
    request,
    output,
    line,
    headers,
    body: request.bodyBytes.toString(),
    common: { host, authorization, date, hash, coding },
  }
}

const allCases = { ...cases, ...configurations }

/** Objects are requested uncompressed; the XML responses to other GETs and POSTs may be compressed. */
const codingOf = (operation: string, line: string): string | undefined => {
  if (operation === 'GetObject' || operation === 'HeadObject') return 'identity'
  return /^(GET|POST) /.test(line) ? 'gzip' : undefined
}

describe.each(Object.entries(allCases))('%s', (name, list) => {
  test.each(list.map((one) => [one.what, one] as const))(`${name} %s is encoded and decoded`, async (_, one) => {
    const { output, line, headers, body, common } = await sentBy(one)
    const [expectedLine, expectedHeaders = {}, expectedBody = ''] = one.sends
    expect(line).toBe(expectedLine)
    expect(headers).toEqual(expectedHeaders)
    expect(body).toEqual(expectedBody)
    expect(output).toMatchObject(one.gives)
    expect(common).toEqual({
      host: '0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com',
      authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=a{32}\/20260101\/auto\/s3\/aws4_request, /),
      date: '20260101T120000Z',
      hash: createHash('sha256').update(body).digest('hex'),
      coding: codingOf(name, line),
    })
  })
})

test('every operation has cases, under its name in S3', () => {
  expect(Object.keys(allCases).sort()).toEqual(operations.map(({ name }) => name).sort())
})
