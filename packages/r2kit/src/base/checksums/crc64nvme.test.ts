import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Crc64Nvme } from './crc64nvme.js'
import { createCrc64Nvme } from './crc64nvme-wasm.js'

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
