/** Checksums of parts. */
import type { ChecksumAlgorithm } from '../../base/checksums/index.js'
import { anyText, objectOf, oneOf, required } from '../../validation/index.js'
import type { ChecksumInput } from './checksum.js'

/** The algorithms that R2 supports on parts. It rejects SHA-1 and SHA-256 there with 501. Source: r2/api/s3/api, UploadPart. */
export type PartChecksumAlgorithm = Exclude<ChecksumAlgorithm, 'SHA1' | 'SHA256'>

/** A checksum that is sent before a part. */
export interface PartChecksumInput extends ChecksumInput {
  /** Algorithm of the checksum: CRC32, CRC32C or CRC64NVME. */
  readonly algorithm: PartChecksumAlgorithm
}

export const partAlgorithmField = oneOf('CRC32', 'CRC32C', 'CRC64NVME')

export const partChecksumField = objectOf<PartChecksumInput>('the checksum of a part', {
  algorithm: required(partAlgorithmField),
  value: anyText,
})
