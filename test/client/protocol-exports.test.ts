/**
 * The functions behind `r2kit/protocol` that parse text from a peer must return a result or throw an `R2Error` for any text, and
 * the checks must do so for any value. The other exports are building blocks.
 */
import fc from 'fast-check'
import * as protocol from 'r2kit/protocol'
import { describe, expect, test } from 'vitest'
import { bytesFromHex, isWellFormed, utf8Bytes } from '../../packages/r2kit/src/base/bytes.js'
import { canonicalHeaders, signedHeaderNames } from '../../packages/r2kit/src/signing/canonical-request.js'
import { checkText, sameName } from '../../packages/r2kit/src/validation/index.js'
import { xmlCanCarry } from '../../packages/r2kit/src/xml/documents.js'
import { errorCodeOf, errorFromDocument, readErrorDocument } from '../../packages/r2kit/src/xml/index.js'
import { hostileValues } from '../support/inputs/hostile-values.js'

const verifier = new protocol.SignatureVerifier()

/** Functions that parse text from a peer. */
const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  parseAuthorization: (text) => protocol.parseAuthorization(text),
  parseCredential: (text) => protocol.parseCredential(text),
  parseSignedHeaders: (text) => protocol.parseSignedHeaders(text),
  parseAmzDate: (text) => protocol.parseAmzDate(text),
  requestDetail: (text) => protocol.requestDetail(text, { range: text }),
  canonicalQueryFromRaw: (text) => protocol.canonicalQueryFromRaw(text),
  canonicalPathFromRaw: (text) => protocol.canonicalPathFromRaw(text),
  canonicalHeaders: (text) => canonicalHeaders({ name: text }, ['name']),
  signedHeaderNames: (text) => signedHeaderNames({ [text]: text }),
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
  bytesFromHex: (text) => bytesFromHex(text),
  isWellFormed: (text) => isWellFormed(text),
  utf8Bytes: (text) => utf8Bytes(text),
  utf8Length: (text) => protocol.utf8Length(text),
  errorCodeOf: (text) => errorCodeOf(text),
  escapeXml: (text) => protocol.escapeXml(text),
  xmlCanCarry: (text) => xmlCanCarry(text),
  nearestName: (text) => protocol.nearestName(text, ['bucket', 'key']),
  sameName: (text) => sameName(text, ['bucket', 'key']),
  shown: (text) => protocol.shown(text),
  readErrorDocument: (text) => readErrorDocument(Buffer.from(text)),
  errorFromDocument: (text) => errorFromDocument({ code: text, message: text, requestId: text }),
  readTree: (text) => protocol.readTree(Buffer.from(text)),
  readListObjects: (text) => protocol.readListObjects(Buffer.from(text)),
}

/** Functions that reject invalid values; the second parameter of some is the name of the field. */
const checks: Readonly<Record<string, (value: never) => unknown>> = {
  checkBucketName: (value) => protocol.checkBucketName(value),
  checkHeaderValue: (value) => protocol.checkHeaderValue(value, 'field'),
  checkObjectKey: (value) => protocol.checkObjectKey(value),
  checkText: (value) => checkText(value, 'field'),
}

/** Functions that a server calls only with its own, correctly typed values. */
const blocks: readonly string[] = [
  // Hashes, checksums and bytes.
  'base64FromBytes',
  'checksumOf',
  'combineCrc64Nvme',
  'compareUtf8',
  'concatBytes',
  'createChecksum',
  'encodeKeyPath',
  'encodeQueryValue',
  'metadataSize',
  'sha256Hex',
  // Signing.
  'RequestSigner',
  'canonicalQuery',
  'formatAmzDate',
  'presignWithSigner',
  // Errors.
  'R2Error',
  'isR2Error',
  'refuseOption',
  'typeNameOf',
  // Tables of fields, which have their own tests, and functions that receive the records copied by them.
  'checkMetadata',
  'callback',
  'integer',
  'objectOf',
  'oneOf',
  'printable',
  'required',
  'someOf',
  'withMethods',
  // XML: writers, and readers that the tests of the xml module call with hostile documents.
  'ListObjectsReader',
  'childOf',
  'childrenOf',
  'xmlDocument',
  'xmlElement',
  'xmlValue',
  // The way to the wire of the proxy.
  'createDefaultTransport',
  // Faults.
  'FaultPlan',
  'dripping',
  'errorResponse',
  'firstBytes',
  'withFlippedBit',
]

test('every exported function of r2kit/protocol is tested or listed as a building block', () => {
  const functions = Object.entries(protocol).filter(([, value]) => typeof value === 'function')
  const known = new Set([...Object.keys(parsers), ...Object.keys(checks), ...blocks])
  expect(functions.map(([name]) => name).filter((name) => !known.has(name))).toEqual([])
})

test('every building block in the list is an export of r2kit/protocol', () => {
  expect(blocks.filter((name) => !(name in protocol))).toEqual([])
})

/** Asserts that the work returns, or throws an `R2Error`. */
const expectResultOrR2Error = (name: string, work: () => unknown): void => {
  try {
    work()
  } catch (error) {
    if (!protocol.isR2Error(error)) expect.fail(`${name} throws ${error instanceof Error ? error.stack : error}`)
  }
}

describe.each(Object.entries(parsers))('%s', (name, parse) => {
  test(`${name} returns a result or throws an R2Error for any text`, () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: fc.constantFrom('%', '=', ',', ';', '/', '+', '?', '&', '<', '>', '"', 'é', '\ud83d', '\0') }),
      fc.constantFrom('x'.repeat(100_000), '=?UTF-8?B??=', 'AWS4-HMAC-SHA256 Credential=', '%zz%', '%ff%fe'),
    )
    fc.assert(fc.property(texts, (text) => expectResultOrR2Error(name, () => parse(text))))
  })
})

describe.each(Object.entries(checks))('%s', (name, check) => {
  test.each([...hostileValues])(`${name} accepts %s or throws an R2Error`, (_, make) => {
    expectResultOrR2Error(name, () => check(make() as never))
  })
})
