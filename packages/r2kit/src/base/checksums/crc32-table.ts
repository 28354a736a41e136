/**
 * CRC-32 and CRC-32C by slicing: with sixteen tables, each step processes sixteen bytes independently of each other (M. Kounavis,
 * F. Berry, "A Systematic Approach to Building High Performance, Software-based, CRC Generators", 2005).
 */

const slices = 16

/** The slicing tables of a reflected 32-bit polynomial in one array: 16 × 256 words, 16 KiB. */
const slicingTables = (polynomial: number): Int32Array => {
  const tables = new Int32Array(slices * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    tables[byte] = crc
  }
  for (let index = 256; index < tables.length; index++) {
    const previous = tables[index - 256] ?? 0
    tables[index] = (previous >>> 8) ^ (tables[previous & 255] ?? 0)
  }
  return tables
}

/** The contribution of four bytes, by the four tables at `from`. */
const ofWord = (tables: Int32Array, from: number, word: number): number =>
  (tables[from + 768 + (word & 255)] ?? 0) ^
  (tables[from + 512 + ((word >>> 8) & 255)] ?? 0) ^
  (tables[from + 256 + ((word >>> 16) & 255)] ?? 0) ^
  (tables[from + (word >>> 24)] ?? 0)

/** Makes the function that updates a CRC with more bytes. Its first call makes the tables. */
export const crc32WithPolynomial = (polynomial: number): ((crc: number, chunk: Uint8Array) => number) => {
  let tables: Int32Array | undefined
  return (start, chunk) => {
    tables ??= slicingTables(polynomial)
    const t = tables
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const length = chunk.byteLength
    let crc = ~start
    let at = 0
    for (; at + slices <= length; at += slices) {
      crc =
        ofWord(t, 3072, crc ^ view.getInt32(at, true)) ^
        ofWord(t, 2048, view.getInt32(at + 4, true)) ^
        ofWord(t, 1024, view.getInt32(at + 8, true)) ^
        ofWord(t, 0, view.getInt32(at + 12, true))
    }
    for (; at < length; at++) crc = (crc >>> 8) ^ (t[(crc ^ (chunk[at] ?? 0)) & 255] ?? 0)
    return ~crc >>> 0
  }
}

/** Updates a CRC-32 (ISO-HDLC, as in zlib) with more bytes. The first CRC is 0. */
export const updateCrc32 = /* @__PURE__ */ crc32WithPolynomial(0xedb88320)
