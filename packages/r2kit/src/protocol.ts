/**
 * The protocol's low rooms for those who write the other end: servers, proxies, tools. No client, no transport.
 */

export { createMd5, createSha256, HmacKey, hmacSha256, md5, sha256, sha256Hex } from '#hash'
export * from './base/bytes.js'
export {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumLengths,
  checksumOf,
  combineCrc64Nvme,
  createChecksum,
} from './base/checksums/index.js'
export { type Clock, systemClock, type Timer } from './base/clock.js'
export * from './base/encode.js'
export type { IncrementalHash } from './base/hash/types.js'
export { printable } from './base/printable.js'
export * from './errors/index.js'
export * from './signing/index.js'
export * from './signing/presigning.js'
export * from './validation/index.js'
export * from './xml/documents.js'
export * from './xml/index.js'
