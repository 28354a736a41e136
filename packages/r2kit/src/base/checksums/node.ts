/** Checksums that Node, Bun and Deno have, or make fast. Chosen by the import condition `#checksums`. */
import zlib from 'node:zlib'
import { openSslHash } from '../hash/openssl-hash.js'
import type { IncrementalHash } from '../hash/types.js'

export { createCrc64Nvme } from './crc64nvme-wasm.js'

/** SHA-1 (FIPS 180-4) in pieces, for `x-amz-checksum-sha1`. */
export const createSha1 = (): IncrementalHash => openSslHash('sha1')

/** Goes on with a CRC-32 (ISO-HDLC) over `chunk`; starts from 0. */
export const updateCrc32 = (crc: number, chunk: Uint8Array): number =>
  // zlib takes an empty buffer that has no memory for the wish to begin anew.
  chunk.byteLength === 0 ? crc : zlib.crc32(chunk, crc)
