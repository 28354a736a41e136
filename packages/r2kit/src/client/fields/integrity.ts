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

export const integrityField = oneOf('crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256', 'md5', 'none')
