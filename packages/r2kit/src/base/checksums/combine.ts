/** The CRC of a whole from those of its pieces. */
import { combineCrc32, combineCrc32c } from './crc32-combine.js'
import { combineCrc64Nvme } from './crc64nvme.js'
import type { ChecksumAlgorithm } from './index.js'

/** Whether the checksums of pieces combine into that of the whole: `combineCrc`. */
export const isCrc = (algorithm: string): algorithm is CrcAlgorithm => algorithm in combinations

type CrcAlgorithm = Extract<ChecksumAlgorithm, `CRC${string}`>

const combinations = { CRC32: combineCrc32, CRC32C: combineCrc32c, CRC64NVME: combineCrc64Nvme } as const

/**
 * Combines the CRCs of two pieces of data into the CRC of both together.
 *
 * @param first CRC of the first piece, big-endian
 * @param second CRC of the second piece, big-endian
 * @param secondLengthBytes length of the second piece, in bytes
 */
export const combineCrc = (
  algorithm: CrcAlgorithm,
  first: Uint8Array,
  second: Uint8Array,
  secondLengthBytes: number,
): Uint8Array => combinations[algorithm](first, second, secondLengthBytes)
