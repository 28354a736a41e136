/** The checksums that S3 defines as `x-amz-checksum-*`, with one interface. */
import { createCrc64Nvme, createSha1, createSha256, updateCrc32, updateCrc32c } from '#checksums'
import type { IncrementalHash } from '../hash/types.js'

/** S3's names of the checksums, as in `x-amz-checksum-algorithm`. */
export const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const

/** A checksum that R2 verifies if it is sent with an object. R2 computes only `CRC64NVME` itself for objects uploaded in parts. */
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number]

/** Length of each checksum, in bytes. */
export const checksumLengths: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
}

const crc32Checksum = (update: (crc: number, chunk: Uint8Array) => number): IncrementalHash => {
  let crc = 0
  return {
    update: (chunk) => {
      crc = update(crc, chunk)
    },
    digest: () => {
      const bytes = new Uint8Array(4)
      new DataView(bytes.buffer).setUint32(0, crc)
      return bytes
    },
  }
}

/** An incremental checksum. Its digest is big-endian; the header value is base64 of it. */
export const createChecksum = (algorithm: ChecksumAlgorithm): IncrementalHash => {
  switch (algorithm) {
    case 'CRC32':
      return crc32Checksum(updateCrc32)
    case 'CRC32C':
      return crc32Checksum(updateCrc32c)
    case 'CRC64NVME':
      return createCrc64Nvme()
    case 'SHA1':
      return createSha1()
    case 'SHA256':
      return createSha256()
  }
}

/** The checksum of bytes in memory. */
export const checksumOf = (algorithm: ChecksumAlgorithm, bytes: Uint8Array): Uint8Array => {
  const checksum = createChecksum(algorithm)
  checksum.update(bytes)
  return checksum.digest()
}
