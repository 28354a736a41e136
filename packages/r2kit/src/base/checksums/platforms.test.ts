/** Both implementations of the checksums against Node's own, over lengths, chunks and alignments. */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hexFromBytes, utf8Bytes } from '../bytes.js'
import * as node from './node.js'
import * as portable from './portable.js'

// Lengths around the block size of 64 bytes cover the cases of padding.
const length = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(55, 56, 63, 64, 65, 119, 120, 128, 4096))
const data = length.chain((size) => fc.uint8Array({ minLength: size, maxLength: size }))
/** A view into a larger buffer, as sockets and files produce them. */
const unaligned = (bytes: Uint8Array, offset: number): Uint8Array => {
  const larger = new Uint8Array(bytes.byteLength + offset + 3)
  larger.set(bytes, offset)
  return larger.subarray(offset, offset + bytes.byteLength)
}

describe.each([
  ['node', node],
  ['portable', portable],
] as const)('the %s checksums', (_, checksums) => {
  test('compute SHA-1 over chunks of any length', () => {
    fc.assert(
      fc.property(fc.array(data, { maxLength: 6 }), fc.integer({ min: 0, max: 7 }), (chunks, offset) => {
        const hash = checksums.createSha1()
        for (const chunk of chunks) hash.update(unaligned(chunk, offset))
        expect(hexFromBytes(hash.digest())).toBe(createHash('sha1').update(Buffer.concat(chunks)).digest('hex'))
      }),
    )
  })

  test('reproduce the SHA-1 example of FIPS 180', () => {
    const sha1 = checksums.createSha1()
    sha1.update(utf8Bytes('abc'))
    expect(hexFromBytes(sha1.digest())).toBe('a9993e364706816aba3e25717850c26c9cd0d89d')
  })

  test('continue a CRC-32 with more bytes', () => {
    fc.assert(
      fc.property(data, data, (first, second) => {
        const whole = crc32(Buffer.concat([first, second]))
        expect(checksums.updateCrc32(checksums.updateCrc32(0, first), second)).toBe(whole)
      }),
    )
  })
})

test('both implementations of the checksums compute the same CRC-32C', () => {
  fc.assert(
    fc.property(data, data, (first, second) => {
      const [onNode, elsewhere] = [node, portable].map((on) => on.updateCrc32c(on.updateCrc32c(0, first), second))
      expect(onNode).toBe(elsewhere)
    }),
  )
})

test('both implementations of the checksums export the same names', () => {
  expect(Object.keys(portable).sort()).toEqual(Object.keys(node).sort())
})
