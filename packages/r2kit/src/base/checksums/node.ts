/** Checksums on Node, Bun and Deno, which have fast ones. The import condition `#checksums` selects this file. */
import zlib from 'node:zlib'
import { openSslHash } from '../hash/openssl-hash.js'
import type { IncrementalHash } from '../hash/types.js'

export { createCrc64Nvme } from './crc64nvme-wasm.js'

/** An incremental SHA-1 (FIPS 180-4), for `x-amz-checksum-sha1`. */
export const createSha1 = (): IncrementalHash => openSslHash('sha1')

/** Updates a CRC-32 (ISO-HDLC) with more bytes. The first CRC is 0. */
export const updateCrc32 = (crc: number, chunk: Uint8Array): number =>
  // For an empty chunk without memory, zlib would return the CRC of the start.
  chunk.byteLength === 0 ? crc : zlib.crc32(chunk, crc)
