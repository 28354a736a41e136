/**
 * CRC-64/NVME, the checksum that R2 accepts for a whole object that was uploaded in parts. JavaScript has no fast 64-bit integers,
 * so the CRC is stored in two halves. With eight slicing tables, each step processes eight bytes. Parameters: NVM Express NVM Command Set Specification, "64b CRC": polynomial 0xAD93D23594C93659, reflected,
 * start and end inverted.
 */

const slices = 8
/** The polynomial in reflected form. */
const polynomial = 0x9a6c9329ac4bc9b5n

/** The tables: the low and high words of entry `slice * 256 + byte` are adjacent, on one cache line. 8 × 256 × 2 words, 16 KiB. */
const makeTables = (): Int32Array => {
  const tables = new Int32Array(slices * 512)
  const wide = new BigUint64Array(slices * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n
    wide[byte] = crc
  }
  wide.forEach((_, index) => {
    const previous = wide[index - 256]
    if (previous !== undefined) wide[index] = (previous >> 8n) ^ (wide[Number(previous & 255n)] ?? 0n)
    const entry = wide[index] ?? 0n
    tables[index * 2] = Number(BigInt.asIntN(32, entry))
    tables[index * 2 + 1] = Number(BigInt.asIntN(32, entry >> 32n))
  })
  return tables
}

let tables: Int32Array | undefined

/** An incremental CRC-64/NVME. */
export class Crc64Nvme {
  #low = -1
  #high = -1

  /** Adds the next bytes. */
  update(chunk: Uint8Array): void {
    tables ??= makeTables()
    const t = tables
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const length = chunk.byteLength
    let low = this.#low
    let high = this.#high
    let at = 0
    for (; at + slices <= length; at += slices) {
      low ^= view.getInt32(at, true)
      high ^= view.getInt32(at + 4, true)
      const a = 3584 + ((low << 1) & 510)
      const b = 3072 + ((low >>> 7) & 510)
      const c = 2560 + ((low >>> 15) & 510)
      const d = 2048 + ((low >>> 23) & 510)
      const e = 1536 + ((high << 1) & 510)
      const f = 1024 + ((high >>> 7) & 510)
      const g = 512 + ((high >>> 15) & 510)
      const h = (high >>> 23) & 510
      low =
        (t[a] ?? 0) ^ (t[b] ?? 0) ^ (t[c] ?? 0) ^ (t[d] ?? 0) ^ (t[e] ?? 0) ^ (t[f] ?? 0) ^ (t[g] ?? 0) ^ (t[h] ?? 0)
      high =
        (t[a + 1] ?? 0) ^
        (t[b + 1] ?? 0) ^
        (t[c + 1] ?? 0) ^
        (t[d + 1] ?? 0) ^
        (t[e + 1] ?? 0) ^
        (t[f + 1] ?? 0) ^
        (t[g + 1] ?? 0) ^
        (t[h + 1] ?? 0)
    }
    for (; at < length; at++) {
      const index = ((low ^ (chunk[at] ?? 0)) & 255) * 2
      low = ((low >>> 8) | (high << 24)) ^ (t[index] ?? 0)
      high = (high >>> 8) ^ (t[index + 1] ?? 0)
    }
    this.#low = low
    this.#high = high
  }

  /** The checksum: eight bytes, big-endian. */
  digest(): Uint8Array {
    const bytes = new Uint8Array(8)
    const view = new DataView(bytes.buffer)
    view.setInt32(0, ~this.#high)
    view.setInt32(4, ~this.#low)
    return bytes
  }
}

/** An incremental CRC-64/NVME, for runtimes that may forbid compiling WebAssembly. */
export const createCrc64Nvme = (): Crc64Nvme => new Crc64Nvme()

/**
 * A polynomial modulo the polynomial of the CRC, in reflected form: bit 31 of the high word is x^0. Two words instead of a BigInt,
 * because a product of BigInts leaves kilobytes of garbage.
 */
interface Residue {
  readonly high: number
  readonly low: number
}

const one: Residue = { high: 1 << 31, low: 0 }
const [polynomialHigh, polynomialLow] = [0x9a6c9329, 0xac4bc9b5]

const multiply = (a: Residue, b: Residue): Residue => {
  let [high, low] = [0, 0]
  // `b` times x, times x², …
  let { high: timesHigh, low: timesLow } = b
  for (let power = 0; power < 64; power++) {
    const mask = -(((power < 32 ? a.high : a.low) >>> (31 - (power & 31))) & 1)
    high ^= timesHigh & mask
    low ^= timesLow & mask
    const overflow = -(timesLow & 1)
    timesLow = ((timesLow >>> 1) | (timesHigh << 31)) ^ (polynomialLow & overflow)
    timesHigh = (timesHigh >>> 1) ^ (polynomialHigh & overflow)
  }
  return { high, low }
}

/** x^(8 × byteLength): the factor for a CRC that `byteLength` more bytes follow. */
const shiftFor = (byteLength: number): Residue => {
  let shift = one
  let square: Residue = { high: 1 << 23, low: 0 } // x^8, one byte
  for (let rest = BigInt(byteLength); rest > 0n; rest >>= 1n) {
    if (rest & 1n) shift = multiply(shift, square)
    square = multiply(square, square)
  }
  return shift
}

let lastShift = { byteLength: 0, shift: one }

/**
 * Combines the CRC-64/NVME of two pieces of data into the CRC of both together. The checksum of an object follows from those of
 * its parts in this way.
 *
 * @param first CRC of the first piece, 8 bytes big-endian
 * @param second CRC of the second piece, 8 bytes big-endian
 * @param secondLengthBytes length of the second piece, in bytes
 */
export const combineCrc64Nvme = (first: Uint8Array, second: Uint8Array, secondLengthBytes: number): Uint8Array => {
  // All parts of an upload but the last have the same length, so its shift is computed once.
  if (lastShift.byteLength !== secondLengthBytes) {
    lastShift = { byteLength: secondLengthBytes, shift: shiftFor(secondLengthBytes) }
  }
  const shifted = multiply(residueOf(first), lastShift.shift)
  const { high, low } = residueOf(second)
  const bytes = new Uint8Array(8)
  const view = new DataView(bytes.buffer)
  view.setInt32(0, shifted.high ^ high)
  view.setInt32(4, shifted.low ^ low)
  return bytes
}

const residueOf = (crc: Uint8Array): Residue => {
  const view = new DataView(crc.buffer, crc.byteOffset, 8)
  return { high: view.getInt32(0), low: view.getInt32(4) }
}
