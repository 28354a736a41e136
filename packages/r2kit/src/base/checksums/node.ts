/** Checksums on Node, Bun and Deno, which have fast ones. The import condition `#checksums` selects this file. */
import { openSslHash } from '../hash/openssl-hash.js'
import type { IncrementalHash } from '../hash/types.js'

export { updateCrc32, updateCrc32c } from './crc32-node.js'
export { createCrc64Nvme } from './crc64nvme-wasm.js'

/** An incremental SHA-1 (FIPS 180-4), for `x-amz-checksum-sha1`. */
export const createSha1 = (): IncrementalHash => openSslHash('sha1')

/** An incremental SHA-256 (FIPS 180-4), for `x-amz-checksum-sha256`. */
export const createSha256 = (): IncrementalHash => openSslHash('sha256')
