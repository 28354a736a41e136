import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Crc64Nvme } from './crc64nvme.js'
import { createCrc64Nvme, foldingDistances } from './crc64nvme-wasm.js'

const digestOf = (hash: { update(chunk: Uint8Array): void; digest(): Uint8Array }, chunks: readonly Uint8Array[]) => {
  for (const chunk of chunks) hash.update(chunk)
  return Buffer.from(hash.digest()).toString('hex')
}

test('the two implementations agree, however the data is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 100 })), (chunks) => {
      expect(digestOf(createCrc64Nvme(), chunks)).toBe(digestOf(new Crc64Nvme(), chunks))
    }),
  )
})

test('the two agree for data of any length around the one from which it is folded, and in any pieces', () => {
  const data = Uint8Array.from({ length: 80_000 }, (_, index) => (index * 7919) >> (index & 7))
  const length = fc.oneof(fc.nat(data.byteLength), fc.integer({ min: 18_200, max: 18_400 }))
  fc.assert(
    fc.property(fc.nat(100), length, length, (start, first, second) => {
      const chunks = [data.subarray(start, start + first), data.subarray(start, start + second)]
      expect(digestOf(createCrc64Nvme(), chunks)).toBe(digestOf(new Crc64Nvme(), chunks))
    }),
  )
})

test('a word and its copies at the folding distances add up to a multiple of the polynomial', () => {
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

test('data that is larger than the memory it is computed in is taken in pieces', () => {
  const large = Uint8Array.from({ length: 1_500_007 }, (_, index) => (index * 7919) >> 5)
  expect(digestOf(createCrc64Nvme(), [large])).toBe(digestOf(new Crc64Nvme(), [large]))
})

test('checksums that are computed side by side do not mix', () => {
  const [first, second] = [createCrc64Nvme(), createCrc64Nvme()]
  const letters = [...'123456789'].map((letter) => Buffer.from(letter))
  for (const letter of letters) {
    first.update(letter)
    second.update(Buffer.from('x'))
  }
  // The check value of the catalogue of CRC algorithms, CRC-64/NVME.
  expect(digestOf(first, [])).toBe('ae8b14860a799888')
})

test('in WebAssembly it is what runs here', () => {
  expect(createCrc64Nvme()).not.toBeInstanceOf(Crc64Nvme)
})
