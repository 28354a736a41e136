/** Reads XML documents from request bodies, with the same size limits and integrity checks for all of them. */
import crypto from 'node:crypto'
import * as timers from 'node:timers'
import { base64FromBytes, checksumOf, isR2Error, readTree, type XmlNode } from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'
import { AwsChunkedDecoder, decodedLength } from '../http/aws-chunked.js'
import type { BodyRequest } from '../http/payload.js'
import {
  expectedValue,
  readContentMd5,
  readExpectedChecksum,
  requireAnnounced,
  requireChecksum,
  requireContentMd5,
} from './checksums.js'

/** Fits 1,000 keys of 1,024 bytes with every character escaped. */
const maxDocumentBytes = 8 * 1024 * 1024

const sliceBytes = 128 * 1024

/**
 * @param root The name of the root element.
 * @param checksumOfBody False if `x-amz-checksum-…` is not the checksum of the body: in CompleteMultipartUpload it is that
 *   of the object.
 * @throws S3Error `MalformedXML`, and the errors of `readBody`
 */
export const readDocument = async (request: BodyRequest, root: string, checksumOfBody = true): Promise<XmlNode> => {
  const bytes = await readBody(request, checksumOfBody)
  return orMalformedXml(() => readTree(bytes, [root]))
}

/** Maps errors of the XML reader, which name a position in the document, to R2's `MalformedXML`. */
export const orMalformedXml = <T>(read: () => T): T => {
  try {
    return read()
  } catch (error) {
    if (isR2Error(error)) throw Object.assign(new S3Error('MalformedXML'), { cause: error })
    throw error
  }
}

/** Like `readDocument`; returns undefined if the request has no body. */
export const readOptionalDocument = async (request: BodyRequest, root: string): Promise<XmlNode | undefined> =>
  request.body.isEmpty ? undefined : readDocument(request, root)

/**
 * Reads a whole body and verifies its hashes.
 * @throws S3Error `BadDigest`, `XAmzContentSHA256Mismatch`, `MaxMessageLengthExceeded`, `IncompleteBody`,
 *   `MissingContentLength`
 */
export const readBody = async (
  { headers, body, payload }: BodyRequest,
  checksumOfBody = true,
  maxBytes = maxDocumentBytes,
): Promise<Uint8Array> => {
  const expectedMd5 = readContentMd5(headers)
  const expected = checksumOfBody ? readExpectedChecksum(headers) : undefined
  const raw = await body.bytes(maxBytes)
  const decoder = payload.kind === 'trailer' ? new AwsChunkedDecoder() : undefined
  const bytes = decoder === undefined ? raw : await decode(decoder, raw)
  if (decoder !== undefined && bytes.byteLength !== decodedLength(headers)) throw new S3Error('IncompleteBody')
  if (payload.kind === 'sha256' && crypto.hash('sha256', bytes, 'hex') !== payload.hex) {
    throw new S3Error('XAmzContentSHA256Mismatch')
  }
  if (expectedMd5 !== undefined) requireContentMd5(expectedMd5, crypto.hash('md5', bytes, 'hex'))
  const trailers = decoder?.trailers ?? noTrailers
  requireAnnounced(trailers, headers)
  if (expected !== undefined) {
    const { algorithm } = expected
    requireChecksum(algorithm, expectedValue(expected, trailers), base64FromBytes(checksumOf(algorithm, bytes)))
  }
  return bytes
}

const noTrailers: ReadonlyMap<string, string> = new Map()

/** Node's own, as it was at the import: a test with fake timers would stop a request here, and jsdom has none. */
const { setImmediate: yieldTurn } = timers

const decode = async (decoder: AwsChunkedDecoder, raw: Uint8Array): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = []
  const source = (async function* () {
    // Yields to the event loop between slices: decoding a body of many tiny chunks takes seconds.
    for (let at = 0; at < raw.byteLength; at += sliceBytes) {
      if (at > 0) await new Promise(yieldTurn)
      yield raw.subarray(at, at + sliceBytes)
    }
  })()
  for await (const chunk of decoder.decode(source)) chunks.push(chunk)
  return Buffer.concat(chunks)
}
