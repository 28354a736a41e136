/**
 * CompleteMultipartUpload: one transaction turns the parts into the object. R2 sorts the parts, requires all but the last to
 * have the same size, and deletes the upload if a condition of the request fails.
 */
import crypto from 'node:crypto'
import type { XmlNode } from 'r2kit/protocol'
import { bytesFromBase64, childOf, childrenOf, encodeKeyPath, xmlDocument, xmlValue } from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'
import { type Reply, xmlReply } from '../http/reply.js'
import { checksumHeader, combineChecksums, requireChecksum } from '../objects/checksums.js'
import { type Conditions, readConditions, requireConditions } from '../objects/conditions.js'
import { customerKeyHeaders } from '../objects/customer-key.js'
import { requireUpload } from '../objects/lookup.js'
import { readDocument } from '../objects/read-document.js'
import {
  joinContent,
  type ObjectRecord,
  type PartRecord,
  type StoredChecksum,
  type UploadRecord,
} from '../storage/index.js'
import type { ObjectCall } from './call.js'

const minPartBytes = 5 * 1024 * 1024
const maxObjectBytes = 5 * 1024 ** 4 - 5 * 1024 ** 3

/** A part as the request lists it. */
interface ListedPart {
  readonly partNumber: number
  /** Without quotes. */
  readonly etag: string
  readonly checksum: string | undefined
}

export const completeMultipartUpload = async (call: ObjectCall): Promise<Reply> => {
  const { server, bucket, key, query, headers } = call
  const upload = requireUpload(server.storage, bucket, key, query.get('uploadId'))
  const listed = readParts(await readDocument(call, 'CompleteMultipartUpload', false), upload)
  const conditions = readConditions(headers)
  server.writeRate?.admit(bucket, key)
  const object = await server.storage.completeUpload(upload, (parts, current) => {
    if (conditionsFail(conditions, current)) return 'destroy'
    const selected = selectParts(listed, parts)
    const content = joinContent(selected.map((part) => part.content))
    if (content.size > maxObjectBytes) throw new S3Error('EntityTooLarge')
    const checksum = objectChecksum(upload, selected, headers)
    requireObjectSize(headers['x-amz-mp-object-size'], content.size)
    return {
      ...descriptionOf(upload),
      content,
      etag: multipartEtag(selected),
      lastModifiedMs: server.clock.now(),
      partSizes: selected.map((part) => part.content.size),
      ...(checksum === undefined ? {} : { checksum }),
    }
  })
  if (object === undefined) throw new S3Error('NoSuchUpload')
  if (object === 'destroy') throw new S3Error('PreconditionFailed')
  return completionReply(call, object)
}

const completionReply = ({ server, bucket, key, keyAsSent }: ObjectCall, object: ObjectRecord): Reply => {
  const { checksum } = object
  const markup = [
    xmlValue('Location', `${server.endpoint}/${bucket}/${encodeKeyPath(keyAsSent)}`),
    xmlValue('Bucket', bucket),
    xmlValue('Key', keyAsSent),
    xmlValue('ETag', `"${object.etag}"`),
    checksum === undefined
      ? ''
      : xmlValue(`Checksum${checksum.algorithm}`, checksum.value) + xmlValue('ChecksumType', checksum.type),
  ].join('')
  return xmlReply(xmlDocument('CompleteMultipartUploadResult', markup), {
    ...customerKeyHeaders(object.ssecKeyMd5),
    ...server.lifecycle.expirationHeaders(bucket, key, object),
  })
}

const descriptionOf = ({ httpMetadata, metadata, storageClass, ssecKeyMd5, keyAsPut }: UploadRecord) => ({
  httpMetadata,
  metadata,
  storageClass,
  ...(ssecKeyMd5 === undefined ? {} : { ssecKeyMd5 }),
  ...(keyAsPut === undefined ? {} : { keyAsPut }),
})

const conditionsFail = (conditions: Conditions | undefined, current: ObjectRecord | undefined): boolean => {
  try {
    requireConditions(conditions, current)
    return false
  } catch (error) {
    if (error instanceof S3Error) return true
    throw error
  }
}

/** @throws S3Error `MalformedXML`, or `InvalidPart` for part numbers that are out of range or listed twice. */
const readParts = (document: XmlNode, upload: UploadRecord): readonly ListedPart[] => {
  const parts = childrenOf(document, 'Part').map((part) => {
    const number = childOf(part, 'PartNumber')?.text ?? ''
    const etag = childOf(part, 'ETag')?.text
    if (etag === undefined || !/^\s*[+-]?\d+\s*$/.test(number)) throw new S3Error('MalformedXML')
    const checksum = upload.checksumAlgorithm && childOf(part, `Checksum${upload.checksumAlgorithm}`)?.text
    return { partNumber: Number(number), etag: etag.trim().replace(/^"|"$/g, ''), checksum: checksum || undefined }
  })
  if (parts.length === 0) throw new S3Error('MalformedXML')
  const numbers = new Set<number>()
  for (const { partNumber } of parts) {
    if (partNumber < 1 || partNumber > 10_000) throw new S3Error('InvalidPart')
    if (numbers.has(partNumber)) throw new S3Error('InvalidPart', 'There was a problem with the multipart upload.')
    numbers.add(partNumber)
  }
  return parts
}

/**
 * Finds the listed parts and checks R2's size rules: first the minimum size, in the request's order, then equal sizes.
 * @returns The parts by part number.
 * @throws S3Error `InvalidPart`, `EntityTooSmall`
 */
const selectParts = (listed: readonly ListedPart[], parts: readonly PartRecord[]): readonly PartRecord[] => {
  const byNumber = new Map(parts.map((part) => [part.partNumber, part]))
  const selected = listed.map(({ partNumber, etag, checksum }) => {
    const part = byNumber.get(partNumber)
    if (part === undefined || part.etag !== etag) throw new S3Error('InvalidPart')
    if (checksum !== undefined && checksum !== part.checksum?.value) throw new S3Error('InvalidPart')
    return part
  })
  for (const part of selected.slice(0, -1)) {
    if (part.content.size < minPartBytes) throw new S3Error('EntityTooSmall')
  }
  const sorted = [...selected].sort((a, b) => a.partNumber - b.partNumber)
  requireEqualSizes(sorted)
  return sorted
}

const requireEqualSizes = (parts: readonly PartRecord[]): void => {
  const size = parts[0]?.content.size ?? 0
  const odd = parts.find((part, index) =>
    index === parts.length - 1 ? part.content.size > size : part.content.size !== size,
  )
  if (odd === undefined) return
  throw new S3Error(
    'InvalidPart',
    `All non-trailing parts must have the same length. Non Uniform Part Sizes: Expected part ${odd.partNumber} to have size ${size}, found ${odd.content.size}`,
  )
}

/** The MD5 of the parts' MD5s, a hyphen, and the number of parts. */
const multipartEtag = (parts: readonly PartRecord[]): string => {
  const md5 = crypto.createHash('md5')
  for (const part of parts) md5.update(part.etag, 'hex')
  return `${md5.digest('hex')}-${parts.length}`
}

/** @throws S3Error `BadDigest`, `InvalidDigest` if it differs from the checksum in the request's headers. */
const objectChecksum = (
  { checksumAlgorithm, checksumType }: UploadRecord,
  parts: readonly PartRecord[],
  headers: Readonly<Record<string, string | undefined>>,
): StoredChecksum | undefined => {
  if (checksumAlgorithm === undefined || checksumType === undefined) return undefined
  const checksum = combineChecksums(checksumAlgorithm, checksumType, parts)
  const expected = headers[checksumHeader(checksumAlgorithm)]
  if (checksum !== undefined && expected !== undefined) {
    // Clients send composite values with or without the number of parts.
    const actual = expected.includes('-') ? checksum.value : checksum.value.replace(/-\d+$/, '')
    if (bytesFromBase64(expected.replace(/-\d+$/, '')) === undefined) throw new S3Error('InvalidDigest')
    requireChecksum(checksumAlgorithm, expected, actual)
  }
  return checksum
}

const requireObjectSize = (text: string | undefined, size: number): void => {
  if (text === undefined || Number(text) === size) return
  throw new S3Error(
    'InvalidRequest',
    `The provided 'x-amz-mp-object-size' header value ${text} does not match what was computed: ${size}`,
  )
}
