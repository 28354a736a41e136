/** Checksums of the model: those that a request carries, those that are stored, and those of multipart objects. */

import { base64FromBytes, bytesFromBase64, concatBytes } from '../../base/bytes.js'
import { combineCrc64Nvme } from '../../base/checksums/crc64nvme.js'
import { type ChecksumAlgorithm, checksumAlgorithms, checksumLengths, checksumOf } from '../../base/checksums/index.js'
import type { HeaderFields } from '../../http/index.js'
import type { XmlNode } from '../../xml/index.js'
import { childOf } from '../../xml/index.js'
import { Refusal } from './refusal.js'

/** A checksum that is stored with an object or a part. */
export interface SimulatedChecksum {
  readonly algorithm: ChecksumAlgorithm
  /** Base64; a composite one ends in a hyphen and the number of parts. */
  readonly value: string
  readonly type: 'FULL_OBJECT' | 'COMPOSITE'
}

/** The checksum that a multipart upload asks for. */
export type UploadChecksum = Pick<SimulatedChecksum, 'algorithm' | 'type'>

/** `x-amz-checksum-…` of an algorithm. */
export const checksumField = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`

const algorithmOfField = new Map(checksumAlgorithms.map((algorithm) => [checksumField(algorithm), algorithm]))

/** A checksum that a request announces: its value, or undefined where a trailer has it. */
export interface AnnouncedChecksum {
  readonly algorithm: ChecksumAlgorithm
  readonly value: string | undefined
}

/** @throws Refusal where there are several, `Content-MD5` included: R2 takes one at a time */
export const announcedChecksum = (headers: HeaderFields): AnnouncedChecksum | undefined => {
  const found: AnnouncedChecksum[] = []
  const { 'x-amz-trailer': trailer, 'content-md5': contentMd5 } = headers
  for (const name in headers) {
    const algorithm = name.startsWith('x-amz-checksum-') ? algorithmOfField.get(name) : undefined
    if (algorithm !== undefined) found.push({ algorithm, value: headers[name] })
  }
  if (trailer !== undefined) {
    const algorithm = algorithmOfField.get(trailer.trim().toLowerCase())
    if (algorithm === undefined) throw new Refusal(400, 'InvalidRequest')
    found.push({ algorithm, value: undefined })
  }
  if (found.length + (contentMd5 === undefined ? 0 : 1) > 1) throw new Refusal(400, 'InvalidRequest')
  return found[0]
}

/** @throws Refusal `InvalidDigest` for a malformed value, `BadDigest` for one of other bytes */
export const verifiedChecksum = (
  algorithm: ChecksumAlgorithm,
  expected: string | undefined,
  bytes: Uint8Array,
): SimulatedChecksum => {
  if (expected === undefined) throw new Refusal(400, 'InvalidRequest') // The announced trailer is missing.
  if (bytesFromBase64(expected)?.length !== checksumLengths[algorithm]) throw new Refusal(400, 'InvalidDigest')
  const checksum = computedChecksum(algorithm, bytes)
  if (checksum.value !== expected) throw new Refusal(400, 'BadDigest')
  return checksum
}

export const computedChecksum = (algorithm: ChecksumAlgorithm, bytes: Uint8Array): SimulatedChecksum => ({
  algorithm,
  value: base64FromBytes(checksumOf(algorithm, bytes)),
  type: 'FULL_OBJECT',
})

/** The fields of responses to writes, and to reads that ask for checksums. */
export const checksumHeaders = (checksum: SimulatedChecksum | undefined): HeaderFields =>
  checksum === undefined
    ? {}
    : { [checksumField(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type }

/** @throws Refusal for an algorithm that R2 does not have, or a type that it does not combine with it */
export const uploadChecksum = (headers: HeaderFields): UploadChecksum | undefined => {
  const { 'x-amz-checksum-algorithm': name, 'x-amz-checksum-type': type } = headers
  if (name === undefined && type === undefined) return undefined
  const algorithm = checksumAlgorithms.find((known) => known === name?.toUpperCase())
  const supported = algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE'
  if (algorithm === undefined || (type !== undefined && type !== supported)) throw new Refusal(400, 'InvalidRequest')
  return { algorithm, type: supported }
}

interface PartWithChecksum {
  readonly bytes: Uint8Array
  readonly checksum?: SimulatedChecksum | undefined
}

/** @throws Refusal `InvalidPart` where the document lists another checksum for the part than it has */
export const requireListedChecksum = (node: XmlNode, { checksum }: PartWithChecksum): void => {
  const listed = checksum && childOf(node, `Checksum${checksum.algorithm}`)?.text
  if (listed && listed !== checksum.value) throw new Refusal(400, 'InvalidPart')
}

/** The checksum of a multipart object; undefined where a part has none of that algorithm. @throws Refusal `BadDigest` */
export const completedChecksum = (
  wanted: UploadChecksum | undefined,
  parts: readonly PartWithChecksum[],
  headers: HeaderFields,
): SimulatedChecksum | undefined => {
  if (wanted === undefined) return undefined
  const { algorithm, type } = wanted
  const values: Uint8Array[] = []
  for (const { checksum } of parts) {
    const bytes = checksum?.algorithm === algorithm ? bytesFromBase64(checksum.value) : undefined
    if (bytes === undefined) return undefined
    values.push(bytes)
  }
  const value =
    type === 'COMPOSITE'
      ? `${base64FromBytes(checksumOf(algorithm, concatBytes(values)))}-${parts.length}`
      : base64FromBytes(
          values.reduce((whole, part, index) => combineCrc64Nvme(whole, part, parts[index]?.bytes.length ?? 0)),
        )
  const expected = headers[checksumField(algorithm)]
  if (expected !== undefined && expected !== value && `${expected}-${parts.length}` !== value)
    throw new Refusal(400, 'BadDigest')
  return { algorithm, type, value }
}
