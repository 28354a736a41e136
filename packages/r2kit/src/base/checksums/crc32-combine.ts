/**
 * The CRC of a whole from those of its pieces, for CRC-32 and CRC-32C: the CRC of the first piece is multiplied by x^8 for each byte
 * that follows it, modulo the polynomial. Polynomials are in reflected form: bit 31 is x^0.
 */

const one = 1 << 31
/** x^8, one byte. */
const byte = 1 << 23

const multiply = (a: number, b: number, polynomial: number): number => {
  let product = 0
  // `b` times x, times x², …
  for (let times = b, power = 31; power >= 0; power--) {
    product ^= times & -((a >>> power) & 1)
    times = (times >>> 1) ^ (polynomial & -(times & 1))
  }
  return product
}

/** x^(8 × byteLength): the factor for a CRC that `byteLength` more bytes follow. */
const shiftFor = (byteLength: number, polynomial: number): number => {
  let shift = one
  let square = byte
  for (let rest = BigInt(byteLength); rest > 0n; rest >>= 1n) {
    if (rest & 1n) shift = multiply(shift, square, polynomial)
    square = multiply(square, square, polynomial)
  }
  return shift
}

/**
 * Combines the CRCs of two pieces of data into the CRC of both together.
 *
 * @param first CRC of the first piece, 4 bytes big-endian
 * @param second CRC of the second piece, 4 bytes big-endian
 * @param secondLengthBytes length of the second piece, in bytes
 */
type Combine = (first: Uint8Array, second: Uint8Array, secondLengthBytes: number) => Uint8Array

const combining = (polynomial: number): Combine => {
  // All pieces of a whole but the last have the same length, so its shift is computed once.
  let last = { byteLength: 0, shift: one }
  return (first, second, secondLengthBytes) => {
    if (last.byteLength !== secondLengthBytes) {
      last = { byteLength: secondLengthBytes, shift: shiftFor(secondLengthBytes, polynomial) }
    }
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setInt32(0, multiply(wordOf(first), last.shift, polynomial) ^ wordOf(second))
    return bytes
  }
}

const wordOf = (crc: Uint8Array): number => new DataView(crc.buffer, crc.byteOffset, 4).getInt32(0)

/** Combines the CRC-32 (ISO-HDLC, as in zlib) of two pieces of data. */
export const combineCrc32: Combine = /* @__PURE__ */ combining(0xedb88320)

/** Combines the CRC-32C (Castagnoli) of two pieces of data. */
export const combineCrc32c: Combine = /* @__PURE__ */ combining(0x82f63b78)
