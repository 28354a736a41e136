/**
 * An experiment: MD5 of several streams side by side in WebAssembly SIMD, against OpenSSL. MD5 has no parallelism within one message,
 * but four messages fit the four lanes of a vector. Results: docs/decisions/2026-11-27-small-files-and-get-path.md.
 *
 *   node bench/md5-lanes.mjs
 */
import { createHash, randomBytes } from 'node:crypto'
import { pathToFileURL } from 'node:url'

// Encoding (webassembly.github.io/spec/core/binary)

const unsigned = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)])
const signed = (value) =>
  value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(Math.floor(value / 128))]
const vector = (items) => [...unsigned(items.length), ...items.flat()]
const section = (id, items) => [id, ...unsigned(vector(items).length), ...vector(items)]
const simd = (opcode, ...rest) => [0xfd, ...unsigned(opcode), ...rest]
const get = (local) => [0x20, ...unsigned(local)]
const set = (local) => [0x21, ...unsigned(local)]
const tee = (local) => [0x22, ...unsigned(local)]
const constant = (value) => [0x41, ...signed(value)]
const i32Add = [0x6a]
const i32Multiply = [0x6c]
const load = (offset) => simd(0x00, 0, ...unsigned(offset))
const store = (offset) => simd(0x0b, 0, ...unsigned(offset))
const littleEndian = (word) => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24]
const splat = (word) => simd(0x0c, ...[0, 1, 2, 3].flatMap(() => littleEndian(word)))
/** Picks four words: 0 to 3 are those of the first vector, 4 to 7 those of the second. */
const words = (...picked) => simd(0x0d, ...picked.flatMap((word) => [0, 1, 2, 3].map((byte) => word * 4 + byte)))
const rotatedBy16 = simd(0x0d, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)
const [not, or, xor, select] = [simd(0x4d), simd(0x50), simd(0x51), simd(0x52)]
const [shiftLeft, shiftRight, add] = [simd(0xab), simd(0xad), simd(0xae)]

// MD5 (RFC 1321)

const sines = Array.from({ length: 64 }, (_, step) => Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32) >>> 0)
/** Of each round: the rotations, the word of each step, and the function of three vectors. */
const rounds = [
  { by: [7, 12, 17, 22], word: (i) => i, mix: (b, c, d) => [c, d, b, select] },
  { by: [5, 9, 14, 20], word: (i) => 5 * i + 1, mix: (b, c, d) => [b, c, d, select] },
  { by: [4, 11, 16, 23], word: (i) => 3 * i + 5, mix: (b, c, d) => [b, c, xor, d, xor] },
  { by: [6, 10, 15, 21], word: (i) => 7 * i, mix: (b, c, d) => [d, not, b, or, c, xor] },
]
const start = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]

/**
 * A module with `update(base, stride, blocks)`: hashes blocks of 64 bytes of the streams at `base + lane * stride`. Its memory starts
 * with the states: of each group of four lanes, a vector for each of the four words.
 */
const moduleOf = (groups) => {
  const lanes = 4 * groups
  const [base, stride, blocks, pointers] = [0, 1, 2, 3]
  const perGroup = 16 + 4 + 8
  const local = (group, index) => pointers + lanes + group * perGroup + index
  const all = Array.from({ length: groups }, (_, group) => ({
    state: (word) => group * 64 + word * 16,
    pointer: (lane) => pointers + group * 4 + lane,
    message: (word) => local(group, word & 15),
    register: (word) => local(group, 16 + word),
    spare: (index) => local(group, 20 + index),
  }))
  const each = (code) => all.flatMap(code)
  const four = (code) => [0, 1, 2, 3].flatMap(code)

  const transposed = (quarter) =>
    each(({ pointer, spare, message }) => [
      ...four((lane) => [...get(pointer(lane)), ...load(quarter * 16), ...set(spare(lane))]),
      ...[
        [4, 0, 1, words(0, 4, 1, 5)],
        [5, 2, 3, words(0, 4, 1, 5)],
        [6, 0, 1, words(2, 6, 3, 7)],
        [7, 2, 3, words(2, 6, 3, 7)],
      ].flatMap(([to, one, other, pick]) => [...get(spare(one)), ...get(spare(other)), ...pick, ...set(spare(to))]),
      ...four((word) => [
        ...get(spare(word < 2 ? 4 : 6)),
        ...get(spare(word < 2 ? 5 : 7)),
        ...(word % 2 === 0 ? words(0, 1, 4, 5) : words(2, 3, 6, 7)),
        ...set(message(quarter * 4 + word)),
      ]),
    ])

  /** a = b + rotated(a + mixed(b, c, d) + sine + word) */
  const step = (index) => {
    const { by, word, mix } = rounds[index >> 4]
    const bits = by[index & 3]
    return each(({ message, register, spare }) => {
      const [a, b, c, d] = [0, 1, 2, 3].map((at) => get(register((at - index) & 3)))
      const rotation =
        bits === 16
          ? [tee(spare(0)), get(spare(0)), rotatedBy16]
          : [tee(spare(0)), constant(bits), shiftLeft, get(spare(0)), constant(32 - bits), shiftRight, or]
      const sum = [get(message(word(index))), splat(sines[index]), add, a, add, ...mix(b, c, d), add]
      return [...sum, ...rotation, b, add, set(register(-index & 3))].flat()
    })
  }

  const body = [
    ...all.flatMap(({ pointer }, group) =>
      four((lane) =>
        [get(base), get(stride), constant(group * 4 + lane), i32Multiply, i32Add, set(pointer(lane))].flat(),
      ),
    ),
    ...each(({ state, register }) => four((word) => [...constant(0), ...load(state(word)), ...set(register(word))])),
    ...[0x03, 0x40],
    ...four(transposed),
    ...Array.from({ length: 64 }, (_, index) => step(index)).flat(),
    ...each(({ state, register }) =>
      four((word) => {
        const sum = [get(register(word)), constant(0), load(state(word)), add, tee(register(word))]
        return [constant(0), ...sum, store(state(word))].flat()
      }),
    ),
    ...each(({ pointer }) => four((lane) => [get(pointer(lane)), constant(64), i32Add, set(pointer(lane))].flat())),
    ...[...get(blocks), ...constant(-1), ...i32Add, ...tee(blocks), 0x0d, 0x00, 0x0b, 0x0b],
  ]
  const locals = vector([
    [...unsigned(lanes), 0x7f],
    [...unsigned(perGroup * groups), 0x7b],
  ])
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [[0x60, 3, 0x7f, 0x7f, 0x7f, 0]]),
    ...section(3, [[0]]),
    ...section(5, [[0, ...unsigned(80)]]),
    ...section(7, [
      [1, 0x75, 0, 0],
      [1, 0x6d, 2, 0],
    ]),
    ...section(10, [[...unsigned(locals.length + body.length), ...locals, ...body]]),
  ])
}

/** Hashes as many streams as there are lanes, by chunks of the same length for all: a multiple of 64, at most `chunkBytes`. */
export class Md5Lanes {
  constructor(groups, chunkBytes) {
    const bytes = moduleOf(groups)
    const { u: update, m: memory } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports
    this.moduleBytes = bytes.length
    this.lanes = 4 * groups
    this.update = update
    this.memory = new Uint8Array(memory.buffer)
    this.view = new DataView(memory.buffer)
    // A power of two would place all streams into the same sets of the caches.
    this.stride = chunkBytes + 256
    this.reset()
  }

  reset() {
    this.hashedBytes = 0
    for (let lane = 0; lane < this.lanes; lane++)
      for (const [word, value] of start.entries()) this.view.setUint32(this.#at(lane, word), value, true)
  }

  /** @param isCopied false where the chunks are in the module's memory already */
  add(chunks, isCopied = true) {
    const base = 1024
    if (isCopied) for (const [lane, chunk] of chunks.entries()) this.memory.set(chunk, base + lane * this.stride)
    this.update(base, this.stride, chunks[0].length / 64)
    this.hashedBytes += chunks[0].length
  }

  /** The digests in hex, for streams of a multiple of 64 bytes. */
  digests() {
    const padding = Buffer.alloc(64)
    padding[0] = 128
    padding.writeBigUInt64LE(BigInt(this.hashedBytes) * 8n, 56)
    this.add(Array.from({ length: this.lanes }, () => padding))
    return Array.from({ length: this.lanes }, (_, lane) => {
      const digest = Buffer.alloc(16)
      for (const word of start.keys()) digest.writeUInt32LE(this.view.getUint32(this.#at(lane, word), true), word * 4)
      return digest.toString('hex')
    })
  }

  #at(lane, word) {
    return (lane >> 2) * 64 + word * 16 + (lane & 3) * 4
  }
}

const cpuMicroseconds = (work) => {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

const measure = async (groups, chunkBytes) => {
  const partBytes = 8 * 1024 * 1024
  const lanes = new Md5Lanes(groups, chunkBytes)
  const parts = Array.from({ length: lanes.lanes }, () => randomBytes(partBytes))
  const chunks = Array.from({ length: partBytes / chunkBytes }, (_, index) => index * chunkBytes)
  const side = (isCopied) => {
    lanes.reset()
    for (const at of chunks)
      lanes.add(
        parts.map((part) => part.subarray(at, at + chunkBytes)),
        isCopied,
      )
    return lanes.digests()
  }
  const openssl = () =>
    parts.map((part) => {
      const hash = createHash('md5')
      for (const at of chunks) hash.update(part.subarray(at, at + chunkBytes))
      return hash.digest('hex')
    })
  if (side(true).join() !== openssl().join()) throw new Error('the digests differ from those of OpenSSL')
  // V8 compiles the module a second time, with optimization, beside this thread.
  await new Promise((resolve) => setTimeout(resolve, 500))
  const rows = Array.from({ length: 9 }, () => [() => side(true), () => side(false), openssl].map(cpuMicroseconds))
  const speed = (column) => Math.round((lanes.lanes * partBytes) / Math.min(...rows.map((row) => row[column])))
  const ratios = rows.map(([copied, , other]) => other / copied).sort((one, other) => one - other)
  return (
    `${lanes.lanes} streams, chunks of ${chunkBytes / 1024} KiB, module of ${lanes.moduleBytes} bytes: ${speed(0)} MB/s with copies, ` +
    `${speed(1)} without; OpenSSL ${speed(2)} MB/s; ${ratios[4].toFixed(2)} times as fast`
  )
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(`Node ${process.versions.node}`)
  for (const groups of [1, 2])
    for (const chunkBytes of [16, 64, 256].map((kibibytes) => kibibytes * 1024))
      console.log(await measure(groups, chunkBytes))
}
