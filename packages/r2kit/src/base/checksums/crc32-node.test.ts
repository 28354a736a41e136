import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { foldingDistances, updateCrc32, updateCrc32c } from './crc32-node.js'
import { updateCrc32 as crc32ByTables } from './crc32-table.js'
import { updateCrc32c as crc32cByTables } from './crc32c-table.js'

const data = Uint8Array.from({ length: 80_000 }, (_, index) => (index * 7919) >> (index & 7))
/** Around the length from which chunks are folded. */
const length = fc.oneof(fc.nat(data.byteLength), fc.integer({ min: 16_000, max: 17_000 }))

test.each([
  ['CRC-32', updateCrc32, crc32ByTables],
  ['CRC-32C', updateCrc32c, crc32cByTables],
])('%s of folded chunks is that of the tables', (_, folded, byTables) => {
  fc.assert(
    fc.property(fc.nat(100), length, length, (start, first, second) => {
      const chunks = [data.subarray(start, start + first), data.subarray(start, start + second)]
      const crcOf = (update: typeof folded) => chunks.reduce((crc, chunk) => update(crc, chunk), 0)
      expect(crcOf(folded)).toBe(crcOf(byTables))
    }),
  )
})

test('CRC-32 of data that exceeds the memory of the WebAssembly module is that of zlib', () => {
  const large = Uint8Array.from({ length: 1_500_007 }, (_, index) => (index * 7919) >> 5)
  expect(updateCrc32(0, large)).toBe(crc32(large))
})

test.each([
  ['CRC-32', 0x04c11db7n, foldingDistances.crc32],
  ['CRC-32C', 0x1edc6f41n, foldingDistances.crc32c],
])('a word and its copies at the folding distances of %s sum to a multiple of the polynomial', (_, polynomial, set) => {
  const ones = (1n << 32n) - 1n
  let power = 1n // of x, modulo the polynomial
  const powers = [power]
  const furthest = Math.max(...set)
  for (let word = 1; word <= furthest; word++) {
    for (let bit = 0; bit < 64; bit++) power = ((power << 1n) & ones) ^ (power >> 31n ? polynomial : 0n)
    powers[word] = power
  }
  const copies = [...set].reduce((sum, distance) => sum ^ (powers[furthest - distance] ?? 0n), 0n)
  expect(copies).toBe(powers[furthest])
})

describe('without WebAssembly', () => {
  afterEach(() => void vi.unstubAllGlobals())

  test('CRC-32 comes from zlib and CRC-32C from tables, with the same results', async () => {
    vi.stubGlobal('WebAssembly', undefined)
    vi.resetModules()
    const plain = await import('./crc32-node.js')
    expect(plain.updateCrc32(0, data)).toBe(crc32(data))
    expect(plain.updateCrc32c(0, data)).toBe(crc32cByTables(0, data))
  })
})
