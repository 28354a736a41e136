/** CRC-32 as the header `x-amz-checksum-crc32` has it. Apart from `index.ts`, whose other algorithms are larger than a put. */
import { updateCrc32 } from '#crc32'

/** Base64 of the CRC-32 of bytes: its four bytes, big-endian. */
export const crc32Text = (bytes: Uint8Array): string => {
  const crc = updateCrc32(0, bytes)
  return btoa(String.fromCharCode(crc >>> 24, (crc >>> 16) & 255, (crc >>> 8) & 255, crc & 255))
}
