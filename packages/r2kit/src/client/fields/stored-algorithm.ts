import type { ChecksumAlgorithm } from '../../base/checksums/index.js'
import type { Integrity } from './integrity.js'

/** A check that is not one of S3's checksums has no algorithm. */
const algorithms: Readonly<Record<Integrity, ChecksumAlgorithm | undefined>> = {
  crc32: 'CRC32',
  crc32c: 'CRC32C',
  crc64nvme: 'CRC64NVME',
  sha1: 'SHA1',
  sha256: 'SHA256',
  md5: undefined,
  none: undefined,
}

/** The checksum of S3 that guards the upload and is stored with it; undefined for `md5` and `none`. */
export const storedAlgorithm = (integrity: Integrity): ChecksumAlgorithm | undefined => algorithms[integrity]
