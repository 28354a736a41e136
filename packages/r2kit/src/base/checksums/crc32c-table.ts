import { crc32WithPolynomial } from './crc32-table.js'

/** Updates a CRC-32C (Castagnoli, RFC 3720) with more bytes. The first CRC is 0. */
export const updateCrc32c = /* @__PURE__ */ crc32WithPolynomial(0x82f63b78)
