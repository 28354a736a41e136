/** Both implementations of the hashes against Node's own, over lengths, chunks and alignments. */
import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesFromHex } from '../bytes.js'
import * as checksums from '../checksums/node.js'
import * as portableChecksums from '../checksums/portable.js'
import * as md5Node from './md5-node.js'
import * as md5Portable from './md5-portable.js'
import * as node from './node.js'
import * as portable from './portable.js'

// Lengths around the block size of 64 bytes cover the cases of padding.
const length = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.constantFrom(0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 4096),
)
const data = length.chain((size) => fc.uint8Array({ minLength: size, maxLength: size }))
/** A view into a larger buffer, as sockets and files produce them. */
const unaligned = (bytes: Uint8Array, offset: number): Uint8Array => {
  const larger = new Uint8Array(bytes.byteLength + offset + 3)
  larger.set(bytes, offset)
  return larger.subarray(offset, offset + bytes.byteLength)
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const reference = (algorithm: string, bytes: Uint8Array | string): string =>
  createHash(algorithm).update(bytes).digest('hex')

describe.each([
  ['node', { ...node, ...md5Node, ...checksums }],
  ['portable', { ...portable, ...md5Portable, ...portableChecksums }],
] as const)('the %s hashes', (_, hashes) => {
  test('hash bytes and texts in one call', () => {
    fc.assert(
      fc.property(fc.oneof(data, fc.string({ unit: 'binary' })), (input) => {
        expect(hex(hashes.sha256(input))).toBe(reference('sha256', input))
        expect(hashes.sha256Hex(input)).toBe(reference('sha256', input))
        expect(hex(hashes.md5(input))).toBe(reference('md5', input))
      }),
    )
  })

  test('hash chunks of any length', () => {
    fc.assert(
      fc.property(fc.array(data, { maxLength: 6 }), fc.integer({ min: 0, max: 7 }), (chunks, offset) => {
        const whole = Buffer.concat(chunks)
        for (const [algorithm, create] of [
          ['md5', hashes.createMd5],
          ['sha256', hashes.createSha256],
        ] as const) {
          const hash = create()
          for (const chunk of chunks) hash.update(unaligned(chunk, offset))
          expect(hex(hash.digest())).toBe(reference(algorithm, whole))
        }
      }),
    )
  })

  test('compute HMACs with keys of any length, prepared or not', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.constantFrom('', 'é'.repeat(96), 'é'.repeat(97)),
    )
    fc.assert(
      fc.property(data, text, text, (key, first, second) => {
        const prepared = new hashes.HmacKey(key)
        // Texts of different lengths: nothing of one may remain in the next.
        for (const each of [first, second, first]) {
          const expected = createHmac('sha256', key).update(each).digest('hex')
          expect(prepared.signHex(each)).toBe(expected)
          expect(hex(hashes.hmacSha256(key, each))).toBe(expected)
        }
      }),
    )
  })

  test('reproduce the examples of RFC 1321, FIPS 180 and RFC 4231', () => {
    expect(hex(hashes.md5('message digest'))).toBe('f96b697d7cb7938d525a2f31aaf161d0')
    expect(hashes.sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    const key = bytesFromHex('0b'.repeat(20)) ?? new Uint8Array()
    expect(hex(hashes.hmacSha256(key, 'Hi There'))).toBe(
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    )
  })

  test('sign with another key after destroy', () => {
    const key = new hashes.HmacKey(Buffer.from('secret'))
    const before = key.signHex('text')
    key.destroy()
    expect(key.signHex('text')).not.toBe(before)
  })
})

test('both implementations of the hashes export the same names', () => {
  expect(Object.keys(portable).sort()).toEqual(Object.keys(node).sort())
  expect(Object.keys(md5Portable).sort()).toEqual(Object.keys(md5Node).sort())
  expect(Object.keys(portableChecksums).sort()).toEqual(Object.keys(checksums).sort())
})
