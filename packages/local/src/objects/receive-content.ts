/**
 * A body becomes content: straight into storage, hashed on the way, in constant memory. Everything the sender promised of
 * it is checked before anything is kept; content that fails a check is discarded.
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
import type { Call } from '../http/call.js'
import { gatherChunks } from '../http/gather-chunks.js'
import { smallBodyBytes } from '../http/incoming-body.js'
import type { StagedContent, StoredChecksum } from '../storage/index.js'
import {
  checksumHeader,
  type ExpectedChecksum,
  readContentMd5,
  readExpectedChecksum,
  requireChecksum,
  requireContentMd5,
  requireForm,
} from './checksums.js'

/** R2's limit for one request: 5 GiB less 5 MiB. */
export const maxContentBytes = 5 * 1024 ** 3 - 5 * 1024 ** 2

export interface ReceivedContent {
  readonly staged: StagedContent
  /** MD5 in lower-case hex. */
  readonly etag: string
  readonly checksum: StoredChecksum | undefined
}

/**
 * @param ownAlgorithm Computed even when the sender gives no checksum: an upload was begun with it.
 * @throws S3Error MissingContentLength, EntityTooLarge, IncompleteBody, BadDigest, XAmzContentSHA256Mismatch, …
 */
export const receiveContent = async (call: Call, ownAlgorithm?: ChecksumAlgorithm): Promise<ReceivedContent> => {
  const expectedMd5 = readContentMd5(call.headers)
  const expected = readExpectedChecksum(call.headers)
  const algorithm = expected?.algorithm ?? ownAlgorithm
  const length = contentLength(call)
  if (length > maxContentBytes) throw new S3Error('EntityTooLarge')
  const received =
    call.payload.kind !== 'trailer' && length <= smallBodyBytes
      ? await receiveSmall(call, length, algorithm)
      : await receiveStream(call, length, algorithm)
  try {
    if (expectedMd5 !== undefined) requireContentMd5(expectedMd5, received.md5)
    if (call.payload.kind === 'sha256' && received.sha256 !== call.payload.hex) {
      throw new S3Error('XAmzContentSHA256Mismatch')
    }
    const checksum = checkedChecksum(algorithm, expected, received)
    return { staged: received.staged, etag: received.md5, checksum }
  } catch (error) {
    await received.staged.discard()
    throw error
  }
}

interface Hashed {
  readonly staged: StagedContent
  readonly md5: string
  readonly sha256: string | undefined
  readonly checksum: string | undefined
  readonly trailers: ReadonlyMap<string, string>
}

/** How many bytes the object has, which R2 wants to know before it takes the first. */
const contentLength = (call: Call): number => {
  if (call.payload.kind === 'trailer') return decodedLength(call.headers)
  const { body } = call
  if (!body.hasLength || body.declaredLength === undefined) throw new S3Error('MissingContentLength')
  return body.declaredLength
}

const receiveSmall = async (call: Call, length: number, algorithm: ChecksumAlgorithm | undefined): Promise<Hashed> => {
  const bytes = await call.body.bytes(length)
  return {
    staged: await call.server.storage.stage(once(bytes)),
    md5: crypto.hash('md5', bytes, 'hex'),
    sha256: call.payload.kind === 'sha256' ? crypto.hash('sha256', bytes, 'hex') : undefined,
    checksum: algorithm === undefined ? undefined : base64FromBytes(checksumOf(algorithm, bytes)),
    trailers: noTrailers,
  }
}

const noTrailers: ReadonlyMap<string, string> = new Map()

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.byteLength > 0) yield bytes
}

const receiveStream = async (call: Call, length: number, algorithm: ChecksumAlgorithm | undefined): Promise<Hashed> => {
  const decoder = call.payload.kind === 'trailer' ? new AwsChunkedDecoder() : undefined
  const md5 = crypto.createHash('md5')
  const sha256 = call.payload.kind === 'sha256' ? crypto.createHash('sha256') : undefined
  const checksum = algorithm === undefined ? undefined : createChecksum(algorithm)
  const hashes: Pick<IncrementalHash, 'update'>[] = [md5, sha256, checksum].filter((hash) => hash !== undefined)
  const source = decoder === undefined ? gatherChunks(call.body.stream()) : decoder.decode(call.body.stream())
  const staged = await call.server.storage.stage(hashed(source, length, hashes))
  return {
    staged,
    md5: md5.digest('hex'),
    sha256: sha256?.digest('hex'),
    checksum: checksum === undefined ? undefined : base64FromBytes(checksum.digest()),
    trailers: decoder?.trailers ?? noTrailers,
  }
}

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

const checkedChecksum = (
  algorithm: ChecksumAlgorithm | undefined,
  expected: ExpectedChecksum | undefined,
  received: Hashed,
): StoredChecksum | undefined => {
  if (algorithm === undefined || received.checksum === undefined) return undefined
  if (expected !== undefined) {
    const value = expected.value ?? received.trailers.get(checksumHeader(algorithm))
    if (value === undefined) throw new S3Error('InvalidRequest', 'The trailer that x-amz-trailer announces is missing.')
    requireForm(algorithm, value)
    requireChecksum(algorithm, value, received.checksum)
  }
  return { algorithm, value: received.checksum, type: 'FULL_OBJECT' }
}
