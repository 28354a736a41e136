/** Errors on the wire: authentication, operations that R2 does not implement, and the form of an error document. */
import { strict as assert } from 'node:assert'
import { type Context, defineSuite, errorCase, expectError } from '../case.js'
import { elementText } from '../raw.js'

type Tamper = (headers: Record<string, string>) => void
type Expected = readonly [status: number, code: string, message?: string]

const authorization =
  (pattern: RegExp | string, replacement: string): Tamper =>
  (headers) => {
    headers.authorization = (headers.authorization ?? '').replace(pattern, replacement)
  }

/** Each row modifies a valid GET after signing. The expected errors and their precedence are R2's. */
const authentication: Readonly<Record<string, readonly [sentence: string, tamper: Tamper, ...Expected]>> = {
  'authorization-missing': [
    'a request without authentication returns InvalidArgument',
    (headers) => delete headers.authorization,
    ...([400, 'InvalidArgument', 'Authorization'] as const),
  ],
  'payload-hash-missing': [
    'a request without x-amz-content-sha256 returns InvalidRequest',
    (headers) => delete headers['x-amz-content-sha256'],
    ...([400, 'InvalidRequest', 'Missing x-amz-content-sha256'] as const),
  ],
  'date-missing': [
    'a request without a date returns InvalidArgument',
    (headers) => delete headers['x-amz-date'],
    ...([400, 'InvalidArgument', 'No date provided in x-amz-date nor date header'] as const),
  ],
  'date-malformed': [
    'an x-amz-date in another format returns InvalidArgument',
    (headers) => Object.assign(headers, { 'x-amz-date': '2026-01-01' }),
    ...([
      400,
      'InvalidArgument',
      `Date provided in 'x-amz-date' header (2026-01-01) didn't parse successfully`,
    ] as const),
  ],
  'other-scheme': [
    'an authorization scheme other than SigV4 returns InvalidRequest',
    (headers) => Object.assign(headers, { authorization: 'Bearer token' }),
    ...([400, 'InvalidRequest', 'Please use AWS4-HMAC-SHA256'] as const),
  ],
  'signature-version-2': [
    'Signature Version 2 returns Unauthorized (401) with its own message',
    (headers) => Object.assign(headers, { authorization: 'AWS key:signature' }),
    ...([401, 'Unauthorized', 'SigV2 authorization is not supported. Please use SigV4 instead.'] as const),
  ],
  'signature-field-missing': [
    'an Authorization header without Signature returns InvalidRequest',
    authorization(/, ?Signature=.*/, ''),
    ...([400, 'InvalidRequest', 'Please use AWS4-HMAC-SHA256'] as const),
  ],
  'credential-too-short': [
    'a credential with too few parts returns InvalidArgument',
    authorization(/Credential=[^,]*/, 'Credential=a/b/c'),
    ...([
      400,
      'InvalidArgument',
      'Credential sigv4 header should have at least 5 slash-separated parts, not 3',
    ] as const),
  ],
  'credential-service': [
    'a credential for a service other than s3 returns InvalidArgument',
    authorization('/s3/', '/ec2/'),
    ...([400, 'InvalidArgument', 'Credential service should be s3, not ec2'] as const),
  ],
  'credential-terminator': [
    'a credential with another termination string returns InvalidArgument',
    authorization('/aws4_request', '/aws5_request'),
    ...([400, 'InvalidArgument', 'Credential termination string should be aws4_request, not aws5_request'] as const),
  ],
  'credential-length': [
    'an access key ID that is not 32 characters long returns InvalidArgument',
    authorization(/Credential=[^/]*/, 'Credential=AKIDEXAMPLE'),
    ...([400, 'InvalidArgument', 'Credential access key has length 11, should be 32'] as const),
  ],
  'credential-day': [
    'a credential scope whose day differs from the date returns InvalidArgument',
    authorization(/\/\d{8}\//, '/20200101/'),
    ...([400, 'InvalidArgument'] as const),
  ],
  'unknown-access-key': [
    'an unknown access key returns Unauthorized (401)',
    authorization(/Credential=[^/]*/, `Credential=${'e'.repeat(32)}`),
    ...([401, 'Unauthorized', 'Unauthorized'] as const),
  ],
  'host-not-signed': [
    'a signature that does not cover the host returns Unauthorized (401)',
    authorization('SignedHeaders=host;', 'SignedHeaders='),
    ...([401, 'Unauthorized', 'Unauthorized'] as const),
  ],
  'signature-wrong': [
    'a wrong signature returns SignatureDoesNotMatch',
    authorization(/Signature=.*/, `Signature=${'0'.repeat(64)}`),
    ...([
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your secret access key and signing method.',
    ] as const),
  ],
  'header-changed': [
    'a signed header that changed after signing returns SignatureDoesNotMatch',
    (headers) => Object.assign(headers, { range: 'bytes=0-1' }),
    ...([403, 'SignatureDoesNotMatch'] as const),
  ],
}

const authenticationCases = Object.fromEntries(
  Object.entries(authentication).map(([name, [sentence, tamper, ...expected]]) => [
    name,
    errorCase(sentence, ({ path, key }) => ({ path: path(key()), headers: { range: 'bytes=0-9' }, tamper }), expected),
  ]),
)

/** Sub-resources of S3 that R2 recognizes but does not implement, with the operation name in R2's message. */
const bucketSubresources: Readonly<Record<'GET' | 'PUT' | 'DELETE', Readonly<Record<string, string>>>> = {
  GET: {
    versions: 'ListObjectVersions',
    policy: 'GetBucketPolicy',
    website: 'GetBucketWebsite',
    notification: 'GetBucketNotificationConfiguration',
    requestPayment: 'GetBucketRequestPayment',
    logging: 'GetBucketLogging',
    accelerate: 'GetBucketAccelerateConfiguration',
    publicAccessBlock: 'GetPublicAccessBlock',
    ownershipControls: 'GetBucketOwnershipControls',
    policyStatus: 'GetGetBucketPolicyStatus',
  },
  PUT: {
    acl: 'PutBucketAcl',
    policy: 'PutBucketPolicy',
    tagging: 'PutBucketTagging',
    website: 'PutBucketWebsite',
    replication: 'PutBucketReplication',
    logging: 'PutBucketLogging',
    notification: 'PutBucketNotificationConfiguration',
    publicAccessBlock: 'PutPublicAccessBlock',
  },
  DELETE: {
    policy: 'DeleteBucketPolicy',
    tagging: 'DeleteBucketTagging',
    website: 'DeleteBucketWebsite',
    replication: 'DeleteBucketReplication',
    ownershipControls: 'DeleteBucketOwnershipControls',
  },
}

const objectSubresources: Readonly<Record<'GET' | 'PUT', Readonly<Record<string, string>>>> = {
  GET: {
    acl: 'GetObjectAcl',
    tagging: 'GetObjectTagging',
    attributes: 'GetObjectAttributes',
    torrent: 'GetObjectTorrent',
    retention: 'GetObjectRetention',
    'legal-hold': 'GetObjectLegalHold',
  },
  PUT: {
    acl: 'PutObjectAcl',
    tagging: 'PutObjectTagging',
    retention: 'PutObjectRetention',
    'legal-hold': 'PutObjectLegalHold',
  },
}

const subresourceCases = (
  where: 'bucket' | 'object',
  table: Readonly<Record<string, Readonly<Record<string, string>>>>,
) =>
  Object.fromEntries(
    Object.entries(table).flatMap(([method, names]) =>
      Object.entries(names).map(([name, operation]) => [
        `${where}-${method.toLowerCase()}-${name}`,
        errorCase(
          `${method} of a ${where}'s ?${name} returns 501 ${operation} not implemented`,
          ({ bucket, path, key }) => ({
            method,
            path: where === 'bucket' ? `/${bucket}` : path(key()),
            query: [[name, '']],
          }),
          [501, 'NotImplemented', `${operation} not implemented`],
        ),
      ]),
    ),
  )

/** Headers of S3 that R2 rejects on a PUT. */
const refusedOnPut: Readonly<Record<string, string>> = {
  'x-amz-expected-bucket-owner': '123',
  'x-amz-tagging': 'a=b',
  'x-amz-grant-read': 'id=1',
  'x-amz-website-redirect-location': '/other',
  'x-amz-object-lock-mode': 'GOVERNANCE',
  'x-amz-object-lock-legal-hold': 'ON',
  'x-amz-server-side-encryption-aws-kms-key-id': 'key',
  'x-amz-server-side-encryption': 'aws:kms',
  'x-amz-acl': 'log-delivery-write',
}

const refusedHeaderCases = Object.fromEntries(
  Object.entries(refusedOnPut).map(([name, value]) => [
    `put-with-${name}`,
    errorCase(
      `PUT with ${name}: ${value} returns 501, naming the header and its value`,
      ({ path, key }: Context) => ({ method: 'PUT', path: path(key()), headers: { [name]: value }, body: 'x' }),
      [501, 'NotImplemented', `Header '${name}' with value '${value}' not implemented`],
    ),
  ]),
)

export const errorSuite = defineSuite('errors', '9', {
  ...authenticationCases,
  'large-skew': errorCase(
    'a request time more than 15 minutes off returns RequestTimeTooSkewed',
    ({ path, key, nowMs }) => ({ path: path(key()), nowMs: nowMs() - 16 * 60_000 }),
    [403, 'RequestTimeTooSkewed', "The difference between the request time and the server's time is too large."],
  ),
  'small-skew': {
    sentence: 'a request time 10 minutes off is accepted',
    async run({ raw, path, key, nowMs }) {
      expectError(await raw({ path: path(key()), nowMs: nowMs() + 10 * 60_000 }), 404, 'NoSuchKey')
    },
  },
  'wrong-secret': errorCase(
    'a wrong secret access key returns SignatureDoesNotMatch',
    ({ path, key, target }) => ({
      path: path(key()),
      credentials: { accessKeyId: target.credentials.accessKeyId, secretAccessKey: 'e'.repeat(64) },
    }),
    [403, 'SignatureDoesNotMatch'],
  ),
  'mismatch-explained': {
    sentence: 'SignatureDoesNotMatch includes the string to sign and the canonical request of the server',
    async run({ raw, path, key }) {
      const { text } = await raw({ path: path(key()), tamper: authorization(/Signature=.*/, 'Signature=00') })
      assert.match(elementText(text, 'StringToSign') ?? '', /^AWS4-HMAC-SHA256\n/)
      assert.match(elementText(text, 'CanonicalRequest') ?? '', /^GET\n/)
      assert.equal(elementText(text, 'SignatureProvided'), '00')
    },
  },
  'signature-before-bucket': errorCase(
    'the signature is verified before the bucket is looked up',
    () => ({ path: '/conformance-no-such-bucket/key', tamper: authorization(/Signature=.*/, 'Signature=00') }),
    [403, 'SignatureDoesNotMatch'],
  ),
  'head-error-has-no-body': {
    sentence: 'errors of HEAD requests have no body, including authentication errors',
    async run({ raw, path, key }) {
      const tamper = authorization(/Signature=.*/, 'Signature=00')
      const response = await raw({ method: 'HEAD', path: path(key()), tamper })
      assert.deepEqual([response.status, response.bytes.length], [403, 0])
    },
  },
  'document-shape': {
    sentence: 'an error document is an <Error> without a namespace that contains only Code and Message',
    async run({ raw, path, key }) {
      const { text, headers } = await raw({ path: path(key()) })
      assert.match(headers['content-type'] ?? '', /^application\/xml/)
      assert.match(text, /^<\?xml version="1\.0" encoding="UTF-8"\?>\s*<Error>/)
      assert.deepEqual(
        [...text.matchAll(/<([A-Z]\w*)/g)].map(([, name]) => name),
        ['Error', 'Code', 'Message'],
      )
    },
  },
  'quotes-in-documents': {
    sentence: 'quotes in an error message are escaped as entities',
    async run({ raw, path, key }) {
      const { text } = await raw({ path: path(key()), headers: { range: 'lines=1' } })
      const put = await raw({ method: 'PUT', path: path(key()), headers: { 'x-amz-tagging': 'a=b' }, body: 'x' })
      assert.match(put.text, /Header &apos;x-amz-tagging&apos;/)
      assert.ok(!text.includes("'"), text)
    },
  },
  ...subresourceCases('bucket', bucketSubresources),
  ...subresourceCases('object', objectSubresources),
  ...refusedHeaderCases,
  'unknown-header': {
    sentence: 'an unknown x-amz header is ignored',
    async run({ raw, path, key }) {
      const headers = { 'x-amz-colour': 'red', 'x-amz-acl': 'private' }
      const response = await raw({ method: 'PUT', path: path(key()), headers, body: 'x' })
      assert.equal(response.status, 200, response.text)
    },
  },
  'unknown-bucket-parameters': errorCase(
    'unknown parameters of a bucket PUT return InvalidArgument, naming all of them',
    ({ bucket }) => ({
      method: 'PUT',
      path: `/${bucket}`,
      query: [
        ['colour', 'red'],
        ['shape', 'round'],
      ],
    }),
    [400, 'InvalidArgument', 'Unsupported search param(s) "colour", "shape" on a PUT bucket route'],
  ),
  'extra-parameter-with-location': errorCase(
    'another parameter together with ?location returns InvalidArgument',
    ({ bucket }) => ({
      path: `/${bucket}`,
      query: [
        ['colour', 'red'],
        ['location', ''],
      ],
    }),
    [400, 'InvalidArgument', 'Search param colour is unsupported for bucket location'],
  ),
  'unknown-method': errorCase(
    'a method that S3 does not define returns RouteNotFound',
    ({ path, key }) => ({ method: 'PATCH', path: path(key()) }),
    [404, 'RouteNotFound', 'No route matches this url.'],
  ),
  'unsigned-form-post': errorCase(
    'an HTML form POST returns NotImplemented',
    ({ bucket }) => ({
      ...{ method: 'POST', path: `/${bucket}`, signed: false, body: '--x--' },
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    }),
    [501, 'NotImplemented', 'Presigned post requests are not yet implemented not implemented'],
  ),
  'customer-key-order': {
    sentence:
      'incomplete SSE-C headers return InvalidArgument, an unknown SSE-C algorithm InvalidEncryptionAlgorithmError',
    async run({ raw, path, key }) {
      const name = 'x-amz-server-side-encryption-customer'
      const put = (headers: Record<string, string>) => raw({ method: 'PUT', path: path(key()), headers, body: 'x' })
      expectError(await put({ [`${name}-algorithm`]: 'AES256' }), 400, 'InvalidArgument')
      const all = { [`${name}-key`]: 'a', [`${name}-key-MD5`.toLowerCase()]: 'b', [`${name}-algorithm`]: 'DES' }
      expectError(await put(all), 400, 'InvalidEncryptionAlgorithmError')
    },
  },
  'signed-bucket-post': {
    sentence: 'a signed POST on a bucket without ?delete returns an empty 200',
    async run({ raw, bucket }) {
      const response = await raw({ method: 'POST', path: `/${bucket}` })
      assert.deepEqual([response.status, response.bytes.length], [200, 0])
    },
  },
})
