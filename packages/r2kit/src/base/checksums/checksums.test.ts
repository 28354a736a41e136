import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, hexFromBytes, utf8Bytes } from '../bytes.js'
import { combineCrc } from './combine.js'
import { checksumAlgorithms, checksumLengths, checksumOf, createChecksum } from './index.js'

const chunk = fc.uint8Array({ maxLength: 200 })

/** A CRC bit by bit, as it is defined: slow and simple. */
const plainCrc = (bytes: Uint8Array, width: bigint, reflectedPolynomial: bigint): string => {
  const ones = (1n << width) - 1n
  let crc = ones
  for (const byte of bytes) {
    crc ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ reflectedPolynomial : crc >> 1n
  }
  return (crc ^ ones).toString(16).padStart(Number(width) / 4, '0')
}

const references = {
  CRC32: (bytes: Uint8Array) => crc32(bytes).toString(16).padStart(8, '0'),
  CRC32C: (bytes: Uint8Array) => plainCrc(bytes, 32n, 0x82f63b78n),
  CRC64NVME: (bytes: Uint8Array) => plainCrc(bytes, 64n, 0x9a6c9329ac4bc9b5n),
  SHA1: (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex'),
  SHA256: (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex'),
}

describe.each(checksumAlgorithms)('createChecksum of %s', (algorithm) => {
  test('computes over chunks the checksum of the whole, as it is defined', () => {
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 5 }), (chunks) => {
        const whole = concatBytes(chunks)
        const checksum = createChecksum(algorithm)
        for (const each of chunks) checksum.update(each)
        const digest = checksum.digest()
        expect(hexFromBytes(digest)).toBe(references[algorithm](whole))
        expect(digest).toHaveLength(checksumLengths[algorithm])
        expect(hexFromBytes(checksumOf(algorithm, whole))).toBe(hexFromBytes(digest))
      }),
    )
  })
})

/** The check values in the catalogue of parametrised CRC algorithms: the CRCs of `123456789`. */
test.each([
  ['CRC32', 'cbf43926'],
  ['CRC32C', 'e3069283'],
  ['CRC64NVME', 'ae8b14860a799888'],
] as const)('the check value of %s is %s', (algorithm, value) => {
  expect(hexFromBytes(checksumOf(algorithm, utf8Bytes('123456789')))).toBe(value)
})

test('an empty chunk changes no checksum, even if it has no memory', () => {
  // zlib would start again at a buffer without memory; sockets produce such chunks.
  for (const algorithm of checksumAlgorithms) {
    const checksum = createChecksum(algorithm)
    checksum.update(utf8Bytes('12345'))
    checksum.update(new Uint8Array(new ArrayBuffer(0)))
    checksum.update(utf8Bytes('6789'))
    expect(hexFromBytes(checksum.digest())).toBe(hexFromBytes(checksumOf(algorithm, utf8Bytes('123456789'))))
  }
})

describe.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)('combining CRCs of %s', (algorithm) => {
  const crc = (bytes: Uint8Array) => checksumOf(algorithm, bytes)
  const combine = (first: Uint8Array, second: Uint8Array, length: number) =>
    combineCrc(algorithm, first, second, length)

  test('combines the CRCs of parts, even empty ones, into the CRC of the whole', () => {
    fc.assert(
      fc.property(fc.array(chunk, { minLength: 1, maxLength: 6 }), (parts) => {
        const combined = parts
          .map((part) => ({ digest: crc(part), length: part.byteLength }))
          .reduce((all, part) => ({ digest: combine(all.digest, part.digest, part.length), length: 0 }))
        expect(hexFromBytes(combined.digest)).toBe(hexFromBytes(crc(concatBytes(parts))))
      }),
    )
  })

  test('combines CRCs of parts whose length exceeds 32 bits', () => {
    // 8 GiB of zeros, combined from halves: the result must not depend on the split.
    const zeros = (length: number): Uint8Array => {
      if (length === 1024) return crc(new Uint8Array(1024))
      const half = zeros(length / 2)
      return combine(half, half, length / 2)
    }
    const quarter = zeros(2 ** 31)
    const whole = combine(combine(quarter, quarter, 2 ** 31), quarter, 2 ** 31)
    expect(hexFromBytes(combine(quarter, zeros(2 ** 32), 2 ** 32))).toBe(hexFromBytes(whole))
  })
})
