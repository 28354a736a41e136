/**
 * `r2kit/protocol` is for servers, proxies and tools: what of it reads the text of a peer must end in a result or an `R2Error`
 * whatever the text is, and its checks must refuse whatever is of another type. The rest are building blocks.
 */
import fc from 'fast-check'
import * as protocol from 'r2kit/protocol'
import { describe, expect, test } from 'vitest'
import { hostileValues } from '../support/inputs/hostile.js'

const verifier = new protocol.SignatureVerifier()

/** What reads text that a peer has sent. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  parseAuthorization: (text) => protocol.parseAuthorization(text),
  parseCredential: (text) => protocol.parseCredential(text),
  parsePresignedQuery: (text) => protocol.parsePresignedQuery(text),
  parseSignedHeaders: (text) => protocol.parseSignedHeaders(text),
  parseAmzDate: (text) => protocol.parseAmzDate(text),
  canonicalQueryFromRaw: (text) => protocol.canonicalQueryFromRaw(text),
  canonicalPathFromRaw: (text) => protocol.canonicalPathFromRaw(text),
  canonicalHeaderValue: (text) => protocol.canonicalHeaderValue(text),
  isSignedHeader: (text) => protocol.isSignedHeader(text),
  signaturesEqual: (text) => protocol.signaturesEqual('a'.repeat(64), text),
  SignatureVerifier: (text) =>
    verifier.expectedSignature(
      { method: text, path: text, query: text, headers: { host: text, 'x-amz-date': [text, text] } },
      {
        credential: { accessKeyId: text, day: text, region: text, service: text, termination: text },
        amzDate: text,
        signedHeaders: ['host', text],
        payloadHash: text,
      },
      text,
    ),
  decodeMetadataValue: (text) => protocol.decodeMetadataValue(text),
  encodeMetadataValue: (text) => protocol.encodeMetadataValue(text),
  bytesFromBase64: (text) => protocol.bytesFromBase64(text),
  bytesFromHex: (text) => protocol.bytesFromHex(text),
  isWellFormed: (text) => protocol.isWellFormed(text),
  utf8Bytes: (text) => protocol.utf8Bytes(text),
  utf8Length: (text) => protocol.utf8Length(text),
  errorCodeOf: (text) => protocol.errorCodeOf(text),
  escapeXml: (text) => protocol.escapeXml(text),
  xmlCanCarry: (text) => protocol.xmlCanCarry(text),
  nearestName: (text) => protocol.nearestName(text, ['bucket', 'key']),
  sameName: (text) => protocol.sameName(text, ['bucket', 'key']),
  shown: (text) => protocol.shown(text),
  readErrorDocument: (text) => protocol.readErrorDocument(Buffer.from(text)),
  errorFromDocument: (text) => protocol.errorFromDocument({ code: text, message: text, requestId: text }),
  readTree: (text) => protocol.readTree(Buffer.from(text)),
  readListObjects: (text) => protocol.readListObjects(Buffer.from(text)),
}

/** What refuses values; the second parameter of some is the name of the field. */
const checks: Readonly<Record<string, (value: never) => unknown>> = {
  checkBucketName: (value) => protocol.checkBucketName(value),
  checkHeaderValue: (value) => protocol.checkHeaderValue(value, 'field'),
  checkObjectKey: (value) => protocol.checkObjectKey(value),
  checkText: (value) => protocol.checkText(value, 'field'),
}

/** Called with what the server itself has made, of the types that it says. */
const blocks: readonly string[] = [
  // Hashes, checksums and bytes.
  'HmacKey',
  'base64FromBytes',
  'checksumOf',
  'combineCrc64Nvme',
  'compareUtf8',
  'concatBytes',
  'createChecksum',
  'createMd5',
  'createSha256',
  'encodeKeyPath',
  'encodeQueryValue',
  'hexFromBytes',
  'hmacSha256',
  'md5',
  'metadataSize',
  'sha256',
  'sha256Hex',
  // Signing.
  'RequestSigner',
  'SigningKey',
  'canonicalHeaders',
  'canonicalQuery',
  'canonicalRequest',
  'checkPresign',
  'credentialScope',
  'deriveSigningKey',
  'formatAmzDate',
  'joinSortedQuery',
  'presignError',
  'presignWithKey',
  'presignWithSigner',
  'signedHeaderNames',
  'stringToSign',
  // Errors.
  'R2Error',
  'abortError',
  'asFinal',
  'invalidInput',
  'isR2Error',
  'mayHaveActed',
  'refuseInput',
  'refuseOption',
  'typeNameOf',
  'withContext',
  // Tables of fields, which have tests of their own, and what gets the records that these have copied.
  'checkMetadata',
  'anything',
  'callback',
  'eitherOf',
  'integer',
  'isPlain',
  'listOf',
  'number',
  'objectOf',
  'oneOf',
  'printable',
  'recordOf',
  'required',
  'someOf',
  'unreadable',
  'withMethods',
  // XML: writers, and readers that the hostile documents of the xml module are tried on.
  'ListObjectsReader',
  'childOf',
  'childrenOf',
  'readCompleteMultipartUpload',
  'readCopyResult',
  'readDeleteResult',
  'readInitiateMultipartUpload',
  'readListBuckets',
  'readListMultipartUploads',
  'readListParts',
  'readLocationConstraint',
  'xmlDocument',
  'xmlElement',
  'xmlValue',
]

test('every function is tried, or known to be a building block', () => {
  const functions = Object.entries(protocol).filter(([, value]) => typeof value === 'function')
  const known = new Set([...Object.keys(readers), ...Object.keys(checks), ...blocks])
  expect(functions.map(([name]) => name).filter((name) => !known.has(name))).toEqual([])
})

/** A result, or an error of ours. */
const endsOrderly = (name: string, work: () => unknown): void => {
  try {
    work()
  } catch (error) {
    if (!protocol.isR2Error(error)) expect.fail(`${name} ends in ${error instanceof Error ? error.stack : error}`)
  }
}

describe.each(Object.entries(readers))('%s', (name, read) => {
  test('ends in a result or an R2Error, whatever the text of the peer', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: fc.constantFrom('%', '=', ',', ';', '/', '+', '?', '&', '<', '>', '"', 'é', '\ud83d', '\0') }),
      fc.constantFrom('x'.repeat(100_000), '=?UTF-8?B??=', 'AWS4-HMAC-SHA256 Credential=', '%zz%', '%ff%fe'),
    )
    fc.assert(fc.property(texts, (text) => endsOrderly(name, () => read(text))))
  })
})

describe.each(Object.entries(checks))('%s', (name, check) => {
  test.each([...hostileValues])('refuses or takes %s, in order', (_, make) => {
    endsOrderly(name, () => check(make() as never))
  })
})
