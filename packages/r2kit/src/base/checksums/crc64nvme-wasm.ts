/**
 * CRC-64/NVME in WebAssembly, which has the 64-bit integers that JavaScript lacks: 2.6 times as fast as `crc64nvme.ts`, of
 * which this is the twin where code may be compiled at run time (Node, Bun, Deno). Measured: docs/decisions/2026-11-22-hashing-of-uploads.md.
 *
 * The module is one function, `update(from, end, crc)`, over its own memory: sixteen slicing tables, then room for a piece of
 * the data. It is put together here because it is sixteen times the same lookup.
 */
import type { IncrementalHash } from '../hash/types.js'
import { Crc64Nvme } from './crc64nvme.js'

/** Of WebAssembly's interface what is used here; a platform may forbid it (`--jitless`). */
interface WebAssemblyNamespace {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

interface Crc64Module {
  readonly memory: { readonly buffer: ArrayBuffer }
  update(from: number, end: number, crc: bigint): bigint
}

const slices = 16
const tableBytes = 256 * 8
const roomAt = slices * tableBytes
const pageBytes = 65_536
const pages = 8
const roomBytes = pages * pageBytes - roomAt
/** The polynomial in reflected form. */
const polynomial = 0x9a6c9329ac4bc9b5n

/** A number as LEB128 (WebAssembly Core Specification 2.0, section 5.2.2); all numbers here are positive. */
const unsigned = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)])
const signed = (value: number): number[] => (value < 64 ? [value] : [(value & 127) | 128, ...signed(value >>> 7)])
const list = (items: readonly number[][]): number[] => [...unsigned(items.length), ...items.flat()]
const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content]

// Instructions by their names in the specification, section 5.4.
const localGet = (index: number) => [0x20, index]
const localSet = (index: number) => [0x21, index]
const i32Const = (value: number) => [0x41, ...signed(value)]
const i64Const = (value: number) => [0x42, ...signed(value)]
const i64Load = (offset: number) => [0x29, 3, ...unsigned(offset)]
const i64Load8 = [0x31, 0, 0]
const [i32Add, i32And, i32WrapI64, i32GtU, i64Xor, i64Shl, i64ShrU] = [0x6a, 0x71, 0xa7, 0x4b, 0x85, 0x86, 0x88]
const [block, loop, end, branch, branchIf, emptyType] = [0x02, 0x03, 0x0b, 0x0c, 0x0d, 0x40]
const [i32Type, i64Type] = [0x7f, 0x7e]

const [from, stop, crc, low, high] = [0, 1, 2, 3, 4]

/** What a table has for one byte of a word; entries have eight bytes, so the byte is wanted times eight. */
const lookup = (word: number, byte: number, table: number): number[] => [
  ...localGet(word),
  ...(byte === 0 ? [...i64Const(3), i64Shl] : [...i64Const(8 * byte - 3), i64ShrU]),
  i32WrapI64,
  ...i32Const(0xff << 3),
  i32And,
  ...i64Load(table * tableBytes),
]

const advance = (byteLength: number) => [...localGet(from), ...i32Const(byteLength), i32Add, ...localSet(from)]

/** Repeats `body` while `byteLength` more bytes are there. */
const whileThereAre = (byteLength: number, body: readonly number[]): number[] => [
  ...[block, emptyType, loop, emptyType],
  ...[...localGet(from), ...i32Const(byteLength), i32Add, ...localGet(stop), i32GtU, branchIf, 1],
  ...body,
  ...advance(byteLength),
  ...[branch, 0, end, end],
]

const sixteenBytes = (): number[] => {
  const lookups = Array.from({ length: slices }, (_, byte) =>
    lookup(byte < 8 ? low : high, byte % 8, slices - 1 - byte),
  )
  return [
    ...[...localGet(from), ...i64Load(0), ...localGet(crc), i64Xor, ...localSet(low)],
    ...[...localGet(from), ...i64Load(8), ...localSet(high)],
    ...lookups.flatMap((instructions, index) => (index === 0 ? instructions : [...instructions, i64Xor])),
    ...localSet(crc),
  ]
}

const oneByte = (): number[] => [
  ...[...localGet(crc), ...localGet(from), ...i64Load8, i64Xor, ...localSet(low)],
  ...lookup(low, 0, 0),
  ...[...localGet(crc), ...i64Const(8), i64ShrU, i64Xor, ...localSet(crc)],
]

const moduleBytes = (): Uint8Array => {
  const name = (text: string) => list([...text].map((letter) => [letter.charCodeAt(0)]))
  const locals = list([[2, i64Type]])
  const code = [
    ...locals,
    ...whileThereAre(slices, sixteenBytes()),
    ...whileThereAre(1, oneByte()),
    ...localGet(crc),
    end,
  ]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list([[0x60, ...list([[i32Type], [i32Type], [i64Type]]), ...list([[i64Type]])]])),
    ...section(3, list([[0]])),
    ...section(5, list([[0, pages]])),
    ...section(
      7,
      list([
        [...name('memory'), 2, 0],
        [...name('update'), 0, 0],
      ]),
    ),
    ...section(10, list([[...unsigned(code.length), ...code]])),
  ])
}

const fillTables = (memory: ArrayBuffer): void => {
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

interface Engine {
  readonly update: Crc64Module['update']
  readonly room: Uint8Array
}

const start = (): Engine | undefined => {
  const { WebAssembly: namespace } = globalThis as { WebAssembly?: WebAssemblyNamespace }
  if (namespace === undefined) return undefined
  const { memory, update } = new namespace.Instance(new namespace.Module(moduleBytes())).exports as Crc64Module
  fillTables(memory.buffer)
  return { update, room: new Uint8Array(memory.buffer, roomAt) }
}

let engine: Engine | undefined

class WasmCrc64Nvme implements IncrementalHash {
  readonly #engine: Engine
  #crc = -1n

  constructor(running: Engine) {
    this.#engine = running
  }

  update(chunk: Uint8Array): void {
    const { update, room } = this.#engine
    for (let at = 0; at < chunk.byteLength; at += roomBytes) {
      const piece = chunk.subarray(at, at + roomBytes)
      room.set(piece)
      this.#crc = update(roomAt, roomAt + piece.byteLength, this.#crc)
    }
  }

  /** Eight bytes, big-endian. */
  digest(): Uint8Array {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigInt64(0, ~this.#crc)
    return bytes
  }
}

/** A CRC-64/NVME that is fed in pieces, as fast as the platform allows. */
export const createCrc64Nvme = (): IncrementalHash => {
  engine ??= start()
  return engine === undefined ? new Crc64Nvme() : new WasmCrc64Nvme(engine)
}
