/**
 * Streams a body into storage in constant memory and hashes it on the way. The content is staged only: it is discarded if one
 * of the client's hashes or lengths does not match.
 */
import crypto from 'node:crypto'
import {
  base64FromBytes,
  type ChecksumAlgorithm,
  checksumOf,
  createChecksum,
  type IncrementalHash,
} from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'
import { AwsChunkedDecoder, decodedLength } from '../http/aws-chunked.js'
import { coalesceChunks } from '../http/coalesce-chunks.js'
import { smallBodyBytes } from '../http/incoming-body.js'
import type { BodyRequest } from '../http/payload.js'
import type { StagedContent, Storage, StoredChecksum } from '../storage/index.js'
import {
  type ExpectedChecksum,
  expectedValue,
  readContentMd5,
  readExpectedChecksum,
  requireAnnounced,
  requireChecksum,
  requireContentMd5,
} from './checksums.js'

/** R2's limit for the body of one request: 5 GiB minus 5 MiB. */
export const maxContentBytes = 5 * 1024 ** 3 - 5 * 1024 ** 2

export interface ReceivedContent {
  readonly staged: StagedContent
  /** MD5 in lower-case hex. */
  readonly etag: string
  readonly checksum: StoredChecksum | undefined
}

/**
 * @param defaultAlgorithm The checksum to compute if the request has none: that of the multipart upload.
 * @throws S3Error `MissingContentLength`, `EntityTooLarge`, `IncompleteBody`, `BadDigest`, `InvalidDigest`,
 *   `InvalidRequest`, `XAmzContentSHA256Mismatch`
 */
export const receiveContent = async (
  request: BodyRequest,
  storage: Storage,
  defaultAlgorithm?: ChecksumAlgorithm,
): Promise<ReceivedContent> => {
  const { headers, payload } = request
  const expectedMd5 = readContentMd5(headers)
  const expected = readExpectedChecksum(headers)
  const algorithm = expected?.algorithm ?? defaultAlgorithm
  const length = contentLength(request)
  if (length > maxContentBytes) throw new S3Error('EntityTooLarge')
  const receive = length <= smallBodyBytes && hasLittleFraming(request) ? receiveSmall : receiveStream
  const received = await receive(request, storage, length, algorithm)
  try {
    requireAnnounced(received.trailers, headers)
    if (expectedMd5 !== undefined) requireContentMd5(expectedMd5, received.md5)
    if (payload.kind === 'sha256' && received.sha256 !== payload.hex) throw new S3Error('XAmzContentSHA256Mismatch')
    const checksum = verifiedChecksum(algorithm, expected, received)
    return { staged: received.staged, etag: received.md5, checksum }
  } catch (error) {
    await received.staged.discard()
    throw error
  }
}

/** Whether a small body can be read as bytes: aws-chunked framing may be larger than the data. */
const hasLittleFraming = ({ payload, body: { declaredLength } }: BodyRequest): boolean =>
  payload.kind !== 'trailer' || (declaredLength !== undefined && declaredLength <= 2 * smallBodyBytes)

interface Hashed {
  readonly staged: StagedContent
  readonly md5: string
  readonly sha256: string | undefined
  readonly checksum: string | undefined
  readonly trailers: ReadonlyMap<string, string>
}

/** The object's length in bytes, which R2 requires before the body. */
const contentLength = ({ headers, body, payload }: BodyRequest): number => {
  if (payload.kind === 'trailer') return decodedLength(headers)
  if (!body.hasLength || body.declaredLength === undefined) throw new S3Error('MissingContentLength')
  return body.declaredLength
}

type Receive = (
  request: BodyRequest,
  storage: Storage,
  length: number,
  algorithm: ChecksumAlgorithm | undefined,
) => Promise<Hashed>

const receiveSmall: Receive = async ({ body, payload }, storage, length, algorithm) => {
  const decoder = payload.kind === 'trailer' ? new AwsChunkedDecoder() : undefined
  const sent = await body.bytes(body.declaredLength ?? length)
  const bytes = decoder === undefined ? sent : decoder.decodeBytes(sent)
  if (bytes.byteLength !== length) throw new S3Error('IncompleteBody')
  return {
    staged: await storage.stage(once(bytes)),
    md5: crypto.hash('md5', bytes, 'hex'),
    sha256: payload.kind === 'sha256' ? crypto.hash('sha256', bytes, 'hex') : undefined,
    checksum: algorithm === undefined ? undefined : base64FromBytes(checksumOf(algorithm, bytes)),
    trailers: decoder?.trailers ?? noTrailers,
  }
}

const noTrailers: ReadonlyMap<string, string> = new Map()

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.byteLength > 0) yield bytes
}

const receiveStream: Receive = async ({ body, payload }, storage, length, algorithm) => {
  const decoder = payload.kind === 'trailer' ? new AwsChunkedDecoder() : undefined
  const md5 = crypto.createHash('md5')
  const sha256 = payload.kind === 'sha256' ? crypto.createHash('sha256') : undefined
  const checksum = algorithm === undefined ? undefined : createChecksum(algorithm)
  const hashes: Pick<IncrementalHash, 'update'>[] = [md5, sha256, checksum].filter((hash) => hash !== undefined)
  const source = decoder === undefined ? coalesceChunks(body.stream()) : decoder.decode(body.stream())
  const staged = await storage.stage(hashed(source, length, hashes))
  return {
    staged,
    md5: md5.digest('hex'),
    sha256: sha256?.digest('hex'),
    checksum: checksum === undefined ? undefined : base64FromBytes(checksum.digest()),
    trailers: decoder?.trailers ?? noTrailers,
  }
}

/** Yields the chunks of `source` after updating the hashes. Throws `IncompleteBody` unless it has exactly `length` bytes. */
async function* hashed(
  source: AsyncIterable<Uint8Array>,
  length: number,
  hashes: readonly Pick<IncrementalHash, 'update'>[],
): AsyncGenerator<Uint8Array> {
  let received = 0
  for await (const chunk of source) {
    received += chunk.byteLength
    if (received > length) break
    for (const hash of hashes) hash.update(chunk)
    yield chunk
  }
  if (received !== length) throw new S3Error('IncompleteBody')
}

const verifiedChecksum = (
  algorithm: ChecksumAlgorithm | undefined,
  expected: ExpectedChecksum | undefined,
  received: Hashed,
): StoredChecksum | undefined => {
  if (algorithm === undefined || received.checksum === undefined) return undefined
  if (expected !== undefined) {
    requireChecksum(algorithm, expectedValue(expected, received.trailers), received.checksum)
  }
  return { algorithm, value: received.checksum, type: 'FULL_OBJECT' }
}
