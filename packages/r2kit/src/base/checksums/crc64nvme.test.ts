import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Crc64Nvme } from './crc64nvme.js'
import { createCrc64Nvme, foldingDistances } from './crc64nvme-wasm.js'

const digestOf = (hash: { update(chunk: Uint8Array): void; digest(): Uint8Array }, chunks: readonly Uint8Array[]) => {
  for (const chunk of chunks) hash.update(chunk)
  return Buffer.from(hash.digest()).toString('hex')
}

test('both implementations of CRC-64/NVME agree for chunks of any length', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 100 })), (chunks) => {
      expect(digestOf(createCrc64Nvme(), chunks)).toBe(digestOf(new Crc64Nvme(), chunks))
    }),
  )
})

test('both implementations of CRC-64/NVME agree for data around the length from which it is folded', () => {
  const data = Uint8Array.from({ length: 80_000 }, (_, index) => (index * 7919) >> (index & 7))
  const length = fc.oneof(fc.nat(data.byteLength), fc.integer({ min: 18_200, max: 18_400 }))
  fc.assert(
    fc.property(fc.nat(100), length, length, (start, first, second) => {
      const chunks = [data.subarray(start, start + first), data.subarray(start, start + second)]
      expect(digestOf(createCrc64Nvme(), chunks)).toBe(digestOf(new Crc64Nvme(), chunks))
    }),
  )
})

test('a word and its copies at the folding distances sum to a multiple of the polynomial', () => {
  const [polynomial, ones] = [0xad93d23594c93659n, (1n << 64n) - 1n]
  let power = 1n // of x, modulo the polynomial
  const powers = [power]
  const furthest = Math.max(...foldingDistances)
  for (let word = 1; word <= furthest; word++) {
    for (let bit = 0; bit < 64; bit++) power = ((power << 1n) & ones) ^ (power >> 63n ? polynomial : 0n)
    powers[word] = power
  }
  const copies = foldingDistances.reduce((sum, distance) => sum ^ (powers[furthest - distance] ?? 0n), 0n)
  expect(copies).toBe(powers[furthest])
})

test('data of every length up to 300 bytes has the CRC-64/NVME of the definition', () => {
  const data = Uint8Array.from({ length: 300 }, (_, index) => (index * 7919) >> (index & 7))
  let crc = 0xffff_ffff_ffff_ffffn
  for (const [length, byte] of data.entries()) {
    const expected = (crc ^ 0xffff_ffff_ffff_ffffn).toString(16).padStart(16, '0')
    expect(digestOf(createCrc64Nvme(), [data.subarray(0, length)])).toBe(expected)
    crc ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x9a6c9329ac4bc9b5n : crc >> 1n
  }
})

test('data that exceeds the memory of the WebAssembly module is processed in pieces', () => {
  const large = Uint8Array.from({ length: 1_500_007 }, (_, index) => (index * 7919) >> 5)
  expect(digestOf(createCrc64Nvme(), [large])).toBe(digestOf(new Crc64Nvme(), [large]))
})

test('concurrent checksums do not affect each other', () => {
  const [first, second] = [createCrc64Nvme(), createCrc64Nvme()]
  const letters = [...'123456789'].map((letter) => Buffer.from(letter))
  for (const letter of letters) {
    first.update(letter)
    second.update(Buffer.from('x'))
  }
  // The check value of the catalogue of CRC algorithms, CRC-64/NVME.
  expect(digestOf(first, [])).toBe('ae8b14860a799888')
})

test('concurrent checksums of large data in any kind of memory do not affect each other', () => {
  const kinds = [new ArrayBuffer(60_000), new SharedArrayBuffer(60_000), new ArrayBuffer(60_000)]
  const views = kinds.map((memory, kind) => {
    const view = new Uint8Array(memory, 3 * kind, 50_000)
    view.set(view.map((_, index) => (index * (7919 + kind)) >> (index & 7)))
    return view
  })
  const before = views.map((view) => view.slice())
  const hashes = views.map(() => createCrc64Nvme())
  for (let turn = 0; turn < 3; turn++)
    hashes.forEach((hash, index) => void hash.update(views[index] ?? new Uint8Array()))
  const expected = before.map((copy) => digestOf(new Crc64Nvme(), [copy, copy, copy]))
  expect(hashes.map((hash) => digestOf(hash, []))).toEqual(expected)
  expect(views.map((view) => view.slice())).toEqual(before)
})

test('WebAssembly computes the CRC-64/NVME on this platform', () => {
  expect(createCrc64Nvme()).not.toBeInstanceOf(Crc64Nvme)
})

describe('createCrc64Nvme without WebAssembly', () => {
  afterEach(() => void vi.unstubAllGlobals())

  class Fine {}
  class Forbidden {
    constructor() {
      throw new EvalError('Wasm code generation disallowed by embedder')
    }
  }
  class OutOfMemory {
    constructor() {
      throw new RangeError('Out of memory: Cannot allocate Wasm memory for new instance')
    }
  }

  test.each([
    ['it is missing', undefined, 0],
    ['its 128-bit values are missing', { isValid: false, Module: Fine, Instance: Fine }, 1],
    ['compiling is forbidden', { isValid: true, Module: Forbidden, Instance: Fine }, 1],
    ['no memory can be allocated', { isValid: true, Module: Fine, Instance: OutOfMemory }, 1],
  ])('computes the same in JavaScript because %s, and tries WebAssembly once', async (_, platform, attempts) => {
    const validate = vi.fn(() => platform?.isValid ?? false)
    vi.stubGlobal('WebAssembly', platform && { ...platform, validate })
    vi.resetModules()
    const { createCrc64Nvme: create } = await import('./crc64nvme-wasm.js')
    for (let time = 0; time < 3; time++) expect(digestOf(create(), [Buffer.from('123456789')])).toBe('ae8b14860a799888')
    expect(validate).toHaveBeenCalledTimes(attempts)
  })
})
