import { expect, test } from 'vitest'
import { checksumAlgorithms, checksumOf } from '../../base/checksums/index.js'
import { verifyInMemory } from './verify-in-memory.js'

const body = Buffer.from('123456789')
const etag = '25f9e794323b453885f5181f1b624d0b'
const flipped = Buffer.from('123456788')
const checksum = (algorithm: (typeof checksumAlgorithms)[number], bytes = body) => ({
  algorithm,
  value: Buffer.from(checksumOf(algorithm, bytes)).toString('base64'),
})

test.each(checksumAlgorithms)(
  'a small object with a stored %s is verified by it, whatever its ETag is',
  (algorithm) => {
    for (const other of [etag, `${etag}-3`, 'f'.repeat(32)])
      expect(verifyInMemory({ body, etag: other, checksum: checksum(algorithm) }, true)).toBe(algorithm)
    expect(verifyInMemory({ body, etag, checksum: checksum(algorithm) }, false)).toBe(algorithm)
  },
)

test.each(checksumAlgorithms)('a small object whose bytes have another %s is refused with both values', (algorithm) => {
  const stored = checksum(algorithm)
  expect(() => verifyInMemory({ body: flipped, etag, checksum: stored }, true)).toThrow(
    expect.objectContaining({
      code: 'IntegrityMismatch',
      message: `the ${algorithm} of the object is ${stored.value}, but the bytes that arrived have ${checksum(algorithm, flipped).value}`,
    }),
  )
})

test.each([
  ['without a checksum', undefined],
  ['with a checksum of its parts, by type', { ...checksum('CRC32'), type: 'COMPOSITE' as const }],
  ['with a checksum of its parts, by form', { algorithm: 'CRC32' as const, value: 'AAAAAA==-2' }],
])('a small object %s is verified by the MD5 in its ETag', (_, stored) => {
  expect(verifyInMemory({ body, etag, checksum: stored }, true)).toBe('etag')
  expect(() => verifyInMemory({ body: flipped, etag, checksum: stored }, true)).toThrow('the MD5 of the object is')
})

test('a small object with neither a checksum nor an MD5 is not verified', () => {
  expect(verifyInMemory({ body, etag: `${etag}-2` }, true)).toBeUndefined()
  expect(verifyInMemory({ body, etag }, false)).toBeUndefined()
})

test('an empty object is verified by its stored CRC-32', () => {
  const empty = new Uint8Array(0)
  expect(verifyInMemory({ body: empty, etag: '', checksum: { algorithm: 'CRC32', value: 'AAAAAA==' } }, true)).toBe(
    'CRC32',
  )
})
