/** Both sets of checksums against Node's own, over lengths, chunks and alignments. */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hexFromBytes, utf8Bytes } from '../bytes.js'
import * as node from './node.js'
import * as portable from './portable.js'

// Around the block size of 64 bytes lie the cases of padding.
const length = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(55, 56, 63, 64, 65, 119, 120, 128, 4096))
const data = length.chain((size) => fc.uint8Array({ minLength: size, maxLength: size }))
/** A view into a larger buffer, as sockets and files give them. */
const unaligned = (bytes: Uint8Array, offset: number): Uint8Array => {
  const larger = new Uint8Array(bytes.byteLength + offset + 3)
  larger.set(bytes, offset)
  return larger.subarray(offset, offset + bytes.byteLength)
}

describe.each([
  ['node', node],
  ['portable', portable],
] as const)('%s', (_, checksums) => {
  test('SHA-1 in pieces, wherever the pieces end', () => {
    fc.assert(
      fc.property(fc.array(data, { maxLength: 6 }), fc.integer({ min: 0, max: 7 }), (chunks, offset) => {
        const hash = checksums.createSha1()
        for (const chunk of chunks) hash.update(unaligned(chunk, offset))
        expect(hexFromBytes(hash.digest())).toBe(createHash('sha1').update(Buffer.concat(chunks)).digest('hex'))
      }),
    )
  })

  test("FIPS 180's example of SHA-1", () => {
    const sha1 = checksums.createSha1()
    sha1.update(utf8Bytes('abc'))
    expect(hexFromBytes(sha1.digest())).toBe('a9993e364706816aba3e25717850c26c9cd0d89d')
  })

  test('CRC-32 goes on where it stopped', () => {
    fc.assert(
      fc.property(data, data, (first, second) => {
        const whole = crc32(Buffer.concat([first, second]))
        expect(checksums.updateCrc32(checksums.updateCrc32(0, first), second)).toBe(whole)
      }),
    )
  })
})

test('the two sets have the same names', () => {
  expect(Object.keys(portable).sort()).toEqual(Object.keys(node).sort())
})
