/**
 * CRCs in WebAssembly, which has 64-bit and 128-bit integers, for runtimes that may compile code (Node, Bun, Deno).
 * docs/decisions/2026-11-22-upload-hashing.md has the measurements.
 *
 * Adding a multiple of the polynomial to a message does not change its CRC. Neither does adding the first word to several others and
 * removing it, if their distances a, b, … make 1 + x^-64a + x^-64b + … a multiple. Word by word, the message is folded into its last
 * words in this way, with XOR only. Slicing tables process those (S. Russell, "Chorba: A novel CRC32 implementation",
 * arXiv:2412.16398; the distances are our own). A CRC of 32 bits uses the low half of the 64-bit registers and table entries.
 */
import * as wasm from './wasm-code.js'

/** A reflected CRC, whose start and end are inverted. */
export interface CrcParameters {
  /** The polynomial in reflected form. */
  readonly polynomial: bigint
  /**
   * Distances in words. They are few, so that folding is fast, and short, so that little is left for the tables. A test verifies
   * them.
   */
  readonly distances: readonly number[]
}

/** Updates a CRC register, which is not inverted, with more bytes. */
export type UpdateRegister = (register: bigint, chunk: Uint8Array) => bigint

interface CrcModule {
  readonly memory: { readonly buffer: ArrayBuffer }
  /** Updates `crc` with the bytes from `from` to `end`, and overwrites them. */
  run(from: number, end: number, crc: bigint): bigint
}

const wordBytes = 8

// The memory: sixteen slicing tables, zeros that the first words are folded with, then a buffer for a piece of the data.
const slices = 16
const tableBytes = 256 * wordBytes
/** Of 64 KiB. */
const pages = 9

/** Longest distance in bytes, rounded up to a multiple of a cache line. */
const reachOf = ({ distances }: CrcParameters): number => Math.ceil((Math.max(...distances) * wordBytes) / 64) * 64

/** Locals of the function: its parameters, two words, a pointer and its end. */
const [from, stop, crc, low, high, pointer, until] = [0, 1, 2, 3, 4, 5, 6]

/** Looks up one byte of a word in a table. Entries have eight bytes, so the byte is multiplied by eight. */
const lookup = (word: number, byte: number, table: number): wasm.Code => [
  ...wasm.localGet(word),
  ...(byte === 0 ? [...wasm.i64Const(3), wasm.i64Shl] : [...wasm.i64Const(8 * byte - 3), wasm.i64ShrU]),
  wasm.i32WrapI64,
  ...wasm.i32Const(0xff << 3),
  wasm.i32And,
  ...wasm.i64Load(table * tableBytes),
]

const sixteenBytes = (): wasm.Code => {
  const lookups = Array.from({ length: slices }, (_, byte) =>
    lookup(byte < 8 ? low : high, byte % 8, slices - 1 - byte),
  )
  return [
    ...[...wasm.localGet(from), ...wasm.i64Load(0), ...wasm.localGet(crc), wasm.i64Xor, ...wasm.localSet(low)],
    ...[...wasm.localGet(from), ...wasm.i64Load(8), ...wasm.localSet(high)],
    ...lookups.flatMap((instructions, index) => (index === 0 ? instructions : [...instructions, wasm.i64Xor])),
    ...wasm.localSet(crc),
    ...wasm.advance(from, slices),
  ]
}

const oneByte = (): wasm.Code => [
  ...[...wasm.localGet(crc), ...wasm.localGet(from), ...wasm.i64Load8(0), wasm.i64Xor, ...wasm.localSet(low)],
  ...lookup(low, 0, 0),
  ...[...wasm.localGet(crc), ...wasm.i64Const(8), wasm.i64ShrU, wasm.i64Xor, ...wasm.localSet(crc)],
  ...wasm.advance(from, 1),
]

/** Adds to two words the earlier words at the distances. The pointer is so far behind that all offsets are positive. */
const gather = (distances: readonly number[], reachBytes: number): wasm.Code => [
  ...wasm.localGet(pointer),
  ...[...wasm.localGet(pointer), ...wasm.v128Load(reachBytes)],
  ...distances.flatMap((distance) => [
    ...wasm.localGet(pointer),
    ...wasm.v128Load(reachBytes - distance * wordBytes),
    ...wasm.v128Xor,
  ]),
  ...wasm.v128Store(reachBytes),
  ...wasm.advance(pointer, 2 * wordBytes),
]

/** Adds the last folded words to the words at a distance after them, which are not folded themselves. */
const scatter = (distance: number, reachBytes: number): wasm.Code => {
  const bytes = distance * wordBytes
  return [
    ...[...wasm.localGet(from), ...wasm.i32Const(reachBytes - bytes), wasm.i32Add, ...wasm.localSet(pointer)],
    ...[...wasm.localGet(from), ...wasm.i32Const(reachBytes), wasm.i32Add, ...wasm.localSet(until)],
    ...wasm.whileThereAre(wordBytes, pointer, until, [
      ...[...wasm.localGet(pointer), ...wasm.localGet(pointer), ...wasm.i64Load(bytes)],
      ...[...wasm.localGet(pointer), ...wasm.i64Load(0), wasm.i64Xor, ...wasm.i64Store(bytes)],
      ...wasm.advance(pointer, wordBytes),
    ]),
  ]
}

const fold = (distances: readonly number[], reachBytes: number): wasm.Code => [
  // The CRC so far is added to the first word, as the tables would do.
  ...[...wasm.localGet(from), ...wasm.localGet(from), ...wasm.i64Load(0), ...wasm.localGet(crc), wasm.i64Xor],
  ...[...wasm.i64Store(0), ...wasm.i64Const(0), ...wasm.localSet(crc)],
  ...[...wasm.localGet(from), ...wasm.i32Const(-reachBytes), wasm.i32Add, ...wasm.localSet(pointer)],
  ...wasm.whileThereAre(2 * reachBytes + 2 * wordBytes, pointer, stop, gather(distances, reachBytes)),
  ...[...wasm.localGet(pointer), ...wasm.localSet(from)],
  ...distances.flatMap((distance) => scatter(distance, reachBytes)),
  ...wasm.advance(from, reachBytes),
]

const moduleBytes = (distances: readonly number[], reachBytes: number): Uint8Array => {
  const { i32, i64 } = wasm.valueTypes
  const code = [
    ...wasm.ifMoreThan(2 * reachBytes, from, stop, fold(distances, reachBytes)),
    ...wasm.whileThereAre(slices, from, stop, sixteenBytes()),
    ...wasm.whileThereAre(1, from, stop, oneByte()),
    ...wasm.localGet(crc),
  ]
  return wasm.moduleOf({ parameters: [i32, i32, i64], locals: [i64, i64, i32, i32], result: i64, code }, pages)
}

const fillTables = (memory: ArrayBuffer, polynomial: bigint): void => {
  const tables = new BigUint64Array(memory, 0, slices * 256)
  for (let byte = 0; byte < 256; byte++) {
    let entry = BigInt(byte)
    for (let bit = 0; bit < 8; bit++) entry = entry & 1n ? (entry >> 1n) ^ polynomial : entry >> 1n
    tables[byte] = entry
  }
  for (let index = 256; index < tables.length; index++) {
    const previous = tables[index - 256] ?? 0n
    tables[index] = (previous >> 8n) ^ (tables[Number(previous & 255n)] ?? 0n)
  }
}

/** Undefined where the platform forbids compiling, or has no address space for the memory. */
const start = (parameters: CrcParameters): UpdateRegister | undefined => {
  const reachBytes = reachOf(parameters)
  const instance = wasm.instantiate(moduleBytes(parameters.distances, reachBytes))
  if (instance === undefined) return undefined
  const { memory, run } = instance as CrcModule
  fillTables(memory.buffer, parameters.polynomial)
  const bufferAt = slices * tableBytes + reachBytes
  const buffer = new Uint8Array(memory.buffer, bufferAt)
  // More than the 512 KiB in which files are read and written.
  const pieceBytes = buffer.byteLength
  return (start, chunk) => {
    let register = start
    for (let at = 0; at < chunk.byteLength; at += pieceBytes) {
      const piece = chunk.subarray(at, at + pieceBytes)
      buffer.set(piece)
      register = run(bufferAt, bufferAt + piece.byteLength, register)
    }
    return register
  }
}

/**
 * Makes a function that compiles the CRC on its first call, once: a platform that forbids compiling forbids it every time. The
 * function returns undefined there.
 */
export const foldingCrc = (parameters: CrcParameters): (() => UpdateRegister | undefined) => {
  let started: { readonly update: UpdateRegister | undefined } | undefined
  return () => {
    started ??= { update: start(parameters) }
    return started.update
  }
}
