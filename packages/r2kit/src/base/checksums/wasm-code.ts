/**
 * Assembles small WebAssembly modules with one function at run time, so that no toolchain is needed and the source is readable.
 * Names and numbers are those of the WebAssembly Core Specification 2.0, section 5 (binary format).
 */

/** Encoded instructions. */
export type Code = readonly number[]

/** The used part of WebAssembly's interface. A platform may lack it (`--jitless`). */
interface WebAssemblyNamespace {
  readonly validate: (bytes: Uint8Array) => boolean
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

/** A number as LEB128 (section 5.2.2). */
const unsigned = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)])
const signed = (value: number): number[] =>
  value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)]
const list = (items: readonly Code[]): number[] => [...unsigned(items.length), ...items.flat()]
const section = (id: number, content: Code): number[] => [id, ...unsigned(content.length), ...content]
const nameOf = (text: string) => list([...text].map((letter) => [letter.charCodeAt(0)]))

/** Encodings of value types. */
export const valueTypes = { i32: 0x7f, i64: 0x7e } as const
const end = 0x0b

// Instructions by their names in the specification.
export const localGet = (index: number): Code => [0x20, index]
export const localSet = (index: number): Code => [0x21, index]
export const i32Const = (value: number): Code => [0x41, ...signed(value)]
export const i64Const = (value: number): Code => [0x42, ...signed(value)]
export const i64Load = (offset: number): Code => [0x29, 3, ...unsigned(offset)]
export const i64Load8 = (offset: number): Code => [0x31, 0, ...unsigned(offset)]
export const i64Store = (offset: number): Code => [0x37, 3, ...unsigned(offset)]
export const v128Load = (offset: number): Code => [0xfd, 0, 3, ...unsigned(offset)]
export const v128Store = (offset: number): Code => [0xfd, 11, 3, ...unsigned(offset)]
export const v128Xor: Code = [0xfd, 81, 1]
export const [i32Add, i32And, i32WrapI64, i64Xor, i64Shl, i64ShrU] = [0x6a, 0x71, 0xa7, 0x85, 0x86, 0x88] as const

const [i32LeU, i32GtU, block, loop, branch, branchIf, emptyType] = [0x4d, 0x4b, 0x02, 0x03, 0x0c, 0x0d, 0x40] as const

/** Adds a number of bytes to a pointer. */
export const advance = (pointer: number, bytes: number): Code => [
  ...localGet(pointer),
  ...i32Const(bytes),
  i32Add,
  ...localSet(pointer),
]

/** Repeats `body`, which advances the pointer, while at least `bytes` are left before `stop`. */
export const whileThereAre = (bytes: number, pointer: number, stop: number, body: Code): Code => [
  ...[block, emptyType, loop, emptyType],
  ...[...localGet(pointer), ...i32Const(bytes), i32Add, ...localGet(stop), i32GtU, branchIf, 1],
  ...body,
  ...[branch, 0, end, end],
]

/** Runs `body` once, if more than `bytes` are left before `stop`. */
export const ifMoreThan = (bytes: number, pointer: number, stop: number, body: Code): Code => [
  ...[block, emptyType],
  ...[...localGet(stop), ...localGet(pointer), ...i32Const(bytes), i32Add, i32LeU, branchIf, 0],
  ...body,
  end,
]

/** A function; types are those of `valueTypes`. */
export interface FunctionDescription {
  /** Types of the parameters, which are the first locals. */
  readonly parameters: Code
  /** Types of the other locals. */
  readonly locals: Code
  /** Type of the result. */
  readonly result: number
  /** Instructions. */
  readonly code: Code
}

/** A module that exports its memory as `memory` and the function as `run`. @param pages size of the memory, in units of 64 KiB */
export const moduleOf = ({ parameters, locals, result, code }: FunctionDescription, pages: number): Uint8Array => {
  const types = (all: Code) => list(all.map((type) => [type]))
  const body = [...list(locals.map((type) => [1, type])), ...code, end]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list([[0x60, ...types(parameters), ...types([result])]])),
    ...section(3, list([[0]])),
    ...section(5, list([[0, ...unsigned(pages)]])),
    ...section(
      7,
      list([
        [...nameOf('memory'), 2, 0],
        [...nameOf('run'), 0, 0],
      ]),
    ),
    ...section(10, list([[...unsigned(body.length), ...body]])),
  ])
}

/**
 * The exports of a module, or undefined if the platform lacks WebAssembly or its 128-bit values, forbids compiling, or has no
 * address space for the memory.
 */
export const instantiate = (module: Uint8Array): object | undefined => {
  const { WebAssembly: namespace } = globalThis as { WebAssembly?: WebAssemblyNamespace }
  if (namespace === undefined || !namespace.validate(module)) return undefined
  try {
    return new namespace.Instance(new namespace.Module(module)).exports
  } catch {
    // A content security policy and workerd forbid compiling; a limit of address space (`ulimit -v`) forbids the memory. Only an
    // attempt shows it, and plain JavaScript is the alternative.
    return undefined
  }
}
