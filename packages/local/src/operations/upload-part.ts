/** UploadPart and UploadPartCopy: the last one to write a part number wins; sizes are checked only at completion. */
import crypto from 'node:crypto'
import { base64FromBytes, createChecksum, xmlDocument, xmlValue } from 'r2kit/protocol'
import { invalidArgument, S3Error } from '../errors/s3-error.js'
import type { ObjectCall } from '../http/call.js'
import { emptyReply, type Reply, xmlReply } from '../http/reply.js'
import { type ByteRange, parsePartNumber } from '../objects/byte-range.js'
import { checksumHeaders } from '../objects/checksums.js'
import { openCopySource } from '../objects/copy-source.js'
import { checkCustomerKey, customerKeyHeaders, readCustomerKey } from '../objects/customer-key.js'
import { isoTime } from '../objects/listing.js'
import { maxContentBytes, receiveContent } from '../objects/receive-content.js'
import { requireUpload } from '../objects/uploads.js'
import type { PartRecord, StagedContent, StoredChecksum, UploadRecord } from '../storage/index.js'

export const uploadPart = async (call: ObjectCall): Promise<Reply> => {
  const partNumber = parsePartNumber(call.query.get('partNumber') ?? '')
  const upload = requireUpload(call)
  checkCustomerKey(upload.ssecKeyMd5, readCustomerKey(call.headers, 'object'))
  const { staged, etag, checksum } = await receiveContent(call, upload.checksumAlgorithm)
  await storePart(call, upload, staged, partRecord(partNumber, staged, etag, call.server.clock.now(), checksum))
  return emptyReply(200, {
    etag: `"${etag}"`,
    ...partChecksumHeaders(checksum),
    ...customerKeyHeaders(upload.ssecKeyMd5),
  })
}

/** A part has no checksum type of its own. */
const partChecksumHeaders = (checksum: StoredChecksum | undefined): Record<string, string> => {
  const { 'x-amz-checksum-type': _type, ...headers } = checksumHeaders(checksum)
  return headers
}

export const uploadPartCopy = async (call: ObjectCall): Promise<Reply> => {
  const { server, headers } = call
  const partNumber = parsePartNumber(call.query.get('partNumber') ?? '')
  const upload = requireUpload(call)
  checkCustomerKey(upload.ssecKeyMd5, readCustomerKey(headers, 'object'))
  const { staged } = await openCopySource(call, ({ content }) => {
    const range = readSourceRange(headers['x-amz-copy-source-range'], content.size)
    if ((range?.length ?? content.size) > maxContentBytes) throw new S3Error('EntityTooLarge')
    return range
  })
  let part: PartRecord
  try {
    // The bytes stay where they are, but a part's ETag is the MD5 of its bytes, so they are read once.
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

/** Only `bytes=first-last`, unlike Range; an end beyond the source is cut. */
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
