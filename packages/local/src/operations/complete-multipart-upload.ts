/**
 * CompleteMultipartUpload: parts become the object in one transaction. R2 sorts them itself, wants all but the last to be
 * equal, and destroys the upload when a condition of the request fails.
 */
import crypto from 'node:crypto'
import type { XmlNode } from 'r2kit/protocol'
import { bytesFromBase64, childOf, childrenOf, encodeKeyPath, xmlDocument, xmlValue } from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'
import type { ObjectCall } from '../http/call.js'
import { readDocument } from '../http/read-document.js'
import { type Reply, xmlReply } from '../http/reply.js'
import { checksumHeader, combineChecksums, requireChecksum } from '../objects/checksums.js'
import { type Conditions, readConditions, requireConditions } from '../objects/conditions.js'
import { customerKeyHeaders } from '../objects/customer-key.js'
import { requireUpload } from '../objects/uploads.js'
import {
  joinContent,
  type ObjectRecord,
  type PartRecord,
  type StoredChecksum,
  type UploadRecord,
} from '../storage/index.js'

const minPartBytes = 5 * 1024 * 1024
const maxObjectBytes = 5 * 1024 ** 4 - 5 * 1024 ** 3

interface NamedPart {
  readonly partNumber: number
  /** Bare. */
  readonly etag: string
  readonly checksum: string | undefined
}

export const completeMultipartUpload = async (call: ObjectCall): Promise<Reply> => {
  const { server, bucket, key, keyAsSent, headers } = call
  const upload = requireUpload(call)
  const named = readParts(await readDocument(call, 'CompleteMultipartUpload', false), upload)
  const conditions = readConditions(headers)
  server.writeRate?.admit(bucket, key)
  const object = await server.storage.completeUpload(upload, (parts, current) => {
    if (fails(conditions, current)) return 'destroy'
    const chosen = choose(named, parts)
    const content = joinContent(chosen.map((part) => part.content))
    if (content.size > maxObjectBytes) throw new S3Error('EntityTooLarge')
    const checksum = wholeChecksum(upload, chosen, headers)
    requireObjectSize(headers['x-amz-mp-object-size'], content.size)
    return {
      ...descriptionOf(upload),
      content,
      etag: multipartEtag(chosen),
      lastModifiedMs: server.clock.now(),
      partSizes: chosen.map((part) => part.content.size),
      ...(checksum === undefined ? {} : { checksum }),
    }
  })
  if (object === undefined) throw new S3Error('NoSuchUpload')
  if (object === 'destroy') throw new S3Error('PreconditionFailed')
  return reply(call, keyAsSent, object)
}

const reply = ({ server, bucket, key }: ObjectCall, keyAsSent: string, object: ObjectRecord): Reply => {
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
  const headers: Record<string, string> = customerKeyHeaders(object.ssecKeyMd5)
  const expiration = server.lifecycle.expirationOf(bucket, key, object)
  if (expiration !== undefined) headers['x-amz-expiration'] = expiration
  return xmlReply(xmlDocument('CompleteMultipartUploadResult', markup), headers)
}

const descriptionOf = ({ httpMetadata, metadata, storageClass, ssecKeyMd5, keyAsPut }: UploadRecord) => ({
  httpMetadata,
  metadata,
  storageClass,
  ...(ssecKeyMd5 === undefined ? {} : { ssecKeyMd5 }),
  ...(keyAsPut === undefined ? {} : { keyAsPut }),
})

const fails = (conditions: Conditions | undefined, current: ObjectRecord | undefined): boolean => {
  try {
    requireConditions(conditions, current)
    return false
  } catch (error) {
    if (error instanceof S3Error) return true
    throw error
  }
}

/** @throws S3Error MalformedXML, or InvalidPart for numbers that no part can have and for doubles */
const readParts = (document: XmlNode, upload: UploadRecord): readonly NamedPart[] => {
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

/** Finds the parts that the request names and checks R2's rules of sizes: too small in the request's order, then equality. */
const choose = (named: readonly NamedPart[], parts: readonly PartRecord[]): readonly PartRecord[] => {
  const byNumber = new Map(parts.map((part) => [part.partNumber, part]))
  const chosen = named.map(({ partNumber, etag, checksum }) => {
    const part = byNumber.get(partNumber)
    if (part === undefined || part.etag !== etag) throw new S3Error('InvalidPart')
    if (checksum !== undefined && checksum !== part.checksum?.value) throw new S3Error('InvalidPart')
    return part
  })
  for (const part of chosen.slice(0, -1)) {
    if (part.content.size < minPartBytes) throw new S3Error('EntityTooSmall')
  }
  const sorted = [...chosen].sort((a, b) => a.partNumber - b.partNumber)
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

/** MD5 over the parts' MD5s, then how many there were. */
const multipartEtag = (parts: readonly PartRecord[]): string => {
  const md5 = crypto.createHash('md5')
  for (const part of parts) md5.update(part.etag, 'hex')
  return `${md5.digest('hex')}-${parts.length}`
}

const wholeChecksum = (
  { checksumAlgorithm, checksumType }: UploadRecord,
  parts: readonly PartRecord[],
  headers: Readonly<Record<string, string | undefined>>,
): StoredChecksum | undefined => {
  if (checksumAlgorithm === undefined || checksumType === undefined) return undefined
  const checksum = combineChecksums(checksumAlgorithm, checksumType, parts)
  const expected = headers[checksumHeader(checksumAlgorithm)]
  if (checksum !== undefined && expected !== undefined) {
    // A composite value may come with or without its count of parts.
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
