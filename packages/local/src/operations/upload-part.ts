/** UploadPart and UploadPartCopy. The last write of a part number wins; sizes are checked at completion only. */
import crypto from 'node:crypto'
import { base64FromBytes, createChecksum, xmlDocument, xmlValue } from 'r2kit/protocol'
import { invalidArgument, S3Error } from '../errors/s3-error.js'
import { emptyReply, type Reply, xmlReply } from '../http/reply.js'
import { type ByteRange, parsePartNumber } from '../objects/byte-range.js'
import { checksumHeaders } from '../objects/checksums.js'
import { customerKeyHeaders, readCustomerKey, requireCustomerKey } from '../objects/customer-key.js'
import { isoTime } from '../objects/listing.js'
import { requireUpload } from '../objects/lookup.js'
import { maxContentBytes, receiveContent } from '../objects/receive-content.js'
import type { PartRecord, StagedContent, StoredChecksum, UploadRecord } from '../storage/index.js'
import type { ObjectCall } from './call.js'
import { openCopySource } from './copy-source.js'

export const uploadPart = async (call: ObjectCall): Promise<Reply> => {
  const { server } = call
  const { partNumber, upload } = readTarget(call)
  const { staged, etag, checksum } = await receiveContent(call, server.storage, upload.checksumAlgorithm)
  await storePart(call, upload, staged, partRecord(partNumber, staged, etag, server.clock.now(), checksum))
  return emptyReply(200, {
    etag: `"${etag}"`,
    ...partChecksumHeaders(checksum),
    ...customerKeyHeaders(upload.ssecKeyMd5),
  })
}

/** The part number and the upload, whose SSE-C key the request must have. */
const readTarget = ({ server, bucket, key, query, headers }: ObjectCall) => {
  const partNumber = parsePartNumber(query.get('partNumber') ?? '')
  const upload = requireUpload(server.storage, bucket, key, query.get('uploadId'))
  requireCustomerKey(upload.ssecKeyMd5, readCustomerKey(headers, 'object'))
  return { partNumber, upload }
}

/** Parts have no checksum type. */
const partChecksumHeaders = (checksum: StoredChecksum | undefined): Record<string, string> => {
  const { 'x-amz-checksum-type': _type, ...headers } = checksumHeaders(checksum)
  return headers
}

export const uploadPartCopy = async (call: ObjectCall): Promise<Reply> => {
  const { server, headers } = call
  const { partNumber, upload } = readTarget(call)
  const { staged } = await openCopySource(call, ({ content }) => {
    const range = readSourceRange(headers['x-amz-copy-source-range'], content.size)
    if ((range?.length ?? content.size) > maxContentBytes) throw new S3Error('EntityTooLarge')
    return range
  })
  let part: PartRecord
  try {
    // The part shares the source's bytes. They are read nevertheless, because a part's ETag is the MD5 of its bytes.
    const md5 = crypto.createHash('md5')
    const { checksumAlgorithm } = upload
    const hash = checksumAlgorithm && createChecksum(checksumAlgorithm)
    for await (const chunk of server.storage.read(staged.content)) {
      md5.update(chunk)
      hash?.update(chunk)
    }
    const checksum: StoredChecksum | undefined =
      checksumAlgorithm === undefined || hash === undefined
        ? undefined
        : { algorithm: checksumAlgorithm, value: base64FromBytes(hash.digest()), type: 'FULL_OBJECT' }
    part = partRecord(partNumber, staged, md5.digest('hex'), server.clock.now(), checksum)
  } catch (error) {
    await staged.discard()
    throw error
  }
  await storePart(call, upload, staged, part)
  const markup = xmlValue('ETag', `"${part.etag}"`) + xmlValue('LastModified', isoTime(part.lastModifiedMs))
  return xmlReply(xmlDocument('CopyPartResult', markup), customerKeyHeaders(upload.ssecKeyMd5))
}

const partRecord = (
  partNumber: number,
  { content }: StagedContent,
  etag: string,
  lastModifiedMs: number,
  checksum: StoredChecksum | undefined,
): PartRecord => ({ partNumber, content, etag, lastModifiedMs, ...(checksum === undefined ? {} : { checksum }) })

const storePart = async (
  { server }: ObjectCall,
  upload: UploadRecord,
  staged: StagedContent,
  part: PartRecord,
): Promise<void> => {
  try {
    if (await server.storage.putPart(upload, part)) return
  } catch (error) {
    await staged.discard()
    throw error
  }
  throw new S3Error('NoSuchUpload')
}

/** Unlike `Range`, only `bytes=first-last` is valid. An end beyond the source is reduced to its size. */
const readSourceRange = (header: string | undefined, size: number): ByteRange | undefined => {
  if (header === undefined) return undefined
  const match = /^bytes=(\d+)-(\d+)$/.exec(header)
  if (match === null) throw invalidArgument(`Invalid x-amz-copy-source-range: ${header}`)
  const offset = Number(match[1])
  const last = Number(match[2])
  if (last < offset) throw invalidArgument('x-amz-copy-source-range must be positive.')
  if (offset >= size) throw new S3Error('InvalidRange')
  return { offset, length: Math.min(last, size - 1) - offset + 1 }
}
