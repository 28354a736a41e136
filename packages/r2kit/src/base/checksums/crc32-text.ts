/** CRC-32 as the header `x-amz-checksum-crc32` has it. Apart from `index.ts`, whose other algorithms are larger than a put. */
import { updateCrc32 } from '#crc32'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const digit = (value: number): string => alphabet.charAt(value & 63)

/** Base64 of the four bytes of a CRC, big-endian. */
const textOfCrc32 = (crc: number): string =>
  `${digit(crc >>> 26)}${digit(crc >>> 20)}${digit(crc >>> 14)}${digit(crc >>> 8)}${digit(crc >>> 2)}${digit(crc << 4)}==`

/** Base64 of the CRC-32 of bytes. */
export const crc32Text = (bytes: Uint8Array): string => textOfCrc32(updateCrc32(0, bytes))
