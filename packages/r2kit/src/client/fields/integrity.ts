import type { ChecksumAlgorithm } from '../../base/checksums/index.js'
import { oneOf } from '../../validation/index.js'

/**
 * The checksum that guards an upload. Where it is one of S3's (`x-amz-checksum-*`), R2 stores it with the object, and later
 * downloads are verified by it.
 *
 * - `crc32`: computed at several GB/s. R2 compares it before it stores anything.
 * - `crc32c`, `crc64nvme`, `sha1`, `sha256`: the same with another algorithm. R2 takes no SHA on parts.
 * - `md5`: `Content-MD5` for bytes, files and Blobs. A stream is compared with the ETag after it has been stored. No checksum is
 *   stored.
 * - `none`: the bytes are not verified.
 *
 * `docs/guides/integrity.md` compares their strength and cost.
 */
export type Integrity = 'crc32' | 'crc32c' | 'crc64nvme' | 'sha1' | 'sha256' | 'md5' | 'none'

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

export const integrityField = oneOf('crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256', 'md5', 'none')

/** The check of clients that choose none: R2 rejects other bytes before it stores them, at the least cost. */
export const integrityDefault: Integrity = 'crc32'

/** The checksum of S3 that guards the upload and is stored with it; undefined for `md5` and `none`. */
export const storedAlgorithm = (integrity: Integrity): ChecksumAlgorithm | undefined => algorithms[integrity]
