import { updateCrc32 } from '#crc32'
import { bytesFromBase64 } from '../../base/bytes.js'
import type { ChecksumAlgorithm } from '../../base/checksums/index.js'
import { type HeaderFields, headerOf } from '../../http/index.js'

/** A checksum that is sent before a body. R2 rejects the body if it does not match. */
export interface ChecksumInput {
  /** Algorithm of the checksum. */
  readonly algorithm: ChecksumAlgorithm
  /** The checksum in base64. Required for streams. @defaultValue computed from a body in memory */
  readonly value?: string | undefined
}

/** A checksum that R2 stores with an object or part. */
export interface ObjectChecksum {
  /** Algorithm of the checksum. */
  readonly algorithm: ChecksumAlgorithm
  /** The checksum in base64. That of composite checksums, over the checksums of parts, ends in `-` and the number of parts. */
  readonly value: string
  /** Whether the checksum covers all bytes of a multipart object, or the checksums of its parts. Absent for other objects. */
  readonly type?: 'FULL_OBJECT' | 'COMPOSITE' | undefined
}

/** The algorithms that R2 supports on parts. It rejects SHA-1 and SHA-256 there with 501. Source: r2/api/s3/api, UploadPart. */
export type PartChecksumAlgorithm = Exclude<ChecksumAlgorithm, 'SHA1' | 'SHA256'>

/** A checksum that is sent before a part. */
export interface PartChecksumInput extends ChecksumInput {
  /** Algorithm of the checksum: CRC32, CRC32C or CRC64NVME. */
  readonly algorithm: PartChecksumAlgorithm
}

/** Length of each checksum, in bytes. */
export const digestBytes: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
}
export const algorithms = Object.keys(digestBytes) as ChecksumAlgorithm[]

/** The header of each checksum, in requests and responses. */
export const checksumHeaders: Readonly<Record<ChecksumAlgorithm, string>> = {
  CRC32: 'x-amz-checksum-crc32',
  CRC32C: 'x-amz-checksum-crc32c',
  CRC64NVME: 'x-amz-checksum-crc64nvme',
  SHA1: 'x-amz-checksum-sha1',
  SHA256: 'x-amz-checksum-sha256',
}

/** The CRC-32 of bytes as its header has it: base64 of its four bytes, big-endian. */
export const crc32Text = (bytes: Uint8Array): string => {
  const crc = updateCrc32(0, bytes)
  return btoa(String.fromCharCode(crc >>> 24, (crc >>> 16) & 255, (crc >>> 8) & 255, crc & 255))
}

/** Whether a value has the length of its algorithm. */
export const isDigest = ({ algorithm, value }: Pick<ObjectChecksum, 'algorithm' | 'value'>): boolean =>
  bytesFromBase64(value)?.byteLength === digestBytes[algorithm]

/**
 * The checksum of a stored object where it proves all of its bytes: not the checksums of its parts, and no value of another length,
 * which some servers store.
 */
export const overAllBytes = (checksum: ObjectChecksum | undefined): ObjectChecksum | undefined =>
  checksum === undefined || isComposite(checksum) || !isDigest(checksum) ? undefined : checksum

/** Whether the checksum covers the checksums of parts, not the bytes of the object. */
export const isComposite = ({ type, value }: ObjectChecksum): boolean => type === 'COMPOSITE' || value.includes('-')

/** Reads the checksum in the headers of a response; undefined where there is none. */
export const checksumFrom = (headers: HeaderFields): ObjectChecksum | undefined => {
  for (const algorithm of algorithms) {
    const value = headerOf(headers, checksumHeaders[algorithm])
    if (value === undefined) continue
    const type = headerOf(headers, 'x-amz-checksum-type')
    return type === 'FULL_OBJECT' || type === 'COMPOSITE' ? { algorithm, value, type } : { algorithm, value }
  }
  return undefined
}
