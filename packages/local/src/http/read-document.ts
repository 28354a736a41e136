/** Reads a request's XML document: of bounded size, verified like any body, and refused in R2's words when it is none. */
import crypto from 'node:crypto'
import { base64FromBytes, checksumOf, isR2Error, readTree, type XmlNode } from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'
import {
  checksumHeader,
  readContentMd5,
  readExpectedChecksum,
  requireChecksum,
  requireContentMd5,
} from '../objects/checksums.js'
import { AwsChunkedDecoder, decodedLength } from './aws-chunked.js'
import type { Call } from './call.js'

/** Enough for 1,000 keys of 1,024 bytes with every character escaped. */
const maxDocumentBytes = 8 * 1024 * 1024

const sliceBytes = 128 * 1024

/**
 * @param checksumOfBody False where `x-amz-checksum-…` speaks of something else: of the object, in CompleteMultipartUpload.
 * @throws S3Error MalformedXML, and what `readBody` throws
 */
export const readDocument = async (call: Call, root: string, checksumOfBody = true): Promise<XmlNode> => {
  const bytes = await readBody(call, checksumOfBody)
  return orMalformed(() => readTree(bytes, [root]))
}

/** The reader's own errors name a place in the document; R2 says only that it is malformed. */
export const orMalformed = <T>(read: () => T): T => {
  try {
    return read()
  } catch (error) {
    if (isR2Error(error)) throw Object.assign(new S3Error('MalformedXML'), { cause: error })
    throw error
  }
}

/** As `readDocument`; undefined where the request has no body. */
export const readOptionalDocument = async (call: Call, root: string): Promise<XmlNode | undefined> =>
  call.body.isEmpty ? undefined : readDocument(call, root)

/**
 * A whole body, verified.
 * @throws S3Error BadDigest, XAmzContentSHA256Mismatch, MaxMessageLengthExceeded, IncompleteBody, MissingContentLength
 */
export const readBody = async (call: Call, checksumOfBody = true, maxBytes = maxDocumentBytes): Promise<Uint8Array> => {
  const expectedMd5 = readContentMd5(call.headers)
  const expected = checksumOfBody ? readExpectedChecksum(call.headers) : undefined
  const raw = await call.body.bytes(maxBytes)
  const decoder = call.payload.kind === 'trailer' ? new AwsChunkedDecoder() : undefined
  const bytes = decoder === undefined ? raw : await collected(decoder, raw)
  if (decoder !== undefined && bytes.byteLength !== decodedLength(call.headers)) throw new S3Error('IncompleteBody')
  if (call.payload.kind === 'sha256' && crypto.hash('sha256', bytes, 'hex') !== call.payload.hex) {
    throw new S3Error('XAmzContentSHA256Mismatch')
  }
  if (expectedMd5 !== undefined) requireContentMd5(expectedMd5, crypto.hash('md5', bytes, 'hex'))
  const value = expected && (expected.value ?? decoder?.trailers.get(checksumHeader(expected.algorithm)))
  if (expected !== undefined && value !== undefined) {
    requireChecksum(expected.algorithm, value, base64FromBytes(checksumOf(expected.algorithm, bytes)))
  }
  return bytes
}

const collected = async (decoder: AwsChunkedDecoder, raw: Uint8Array): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = []
  const source = (async function* () {
    // Other requests get a turn in between: a body of many tiny chunks takes seconds.
    for (let at = 0; at < raw.byteLength; at += sliceBytes) {
      if (at > 0) await new Promise(setImmediate)
      yield raw.subarray(at, at + sliceBytes)
    }
  })()
  for await (const chunk of decoder.decode(source)) chunks.push(chunk)
  return Buffer.concat(chunks)
}
