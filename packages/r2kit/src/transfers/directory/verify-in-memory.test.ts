import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fakeClient, objectHeaders } from '#test/support/fake-transport.js'
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

test.each(checksumAlgorithms)('a small object whose %s has another length is verified by its ETag', (algorithm) => {
  expect(verifyInMemory({ body, etag, checksum: { algorithm, value: 'AAAAAAAA' } }, true)).toBe('etag')
})

test("a folder is downloaded unverified where the client's check is none", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'r2kit-unverified-'))
  const { r2 } = fakeClient(
    ({ query }) =>
      query.includes('list-type=2')
        ? {
            body: `<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>9</Size>
<LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>"${etag}"</ETag></Contents></ListBucketResult>`,
          }
        : { headers: objectHeaders(9, { etag: `"${etag}"`, 'x-amz-checksum-crc32': 'AAAAAA==' }), body: flipped },
    { integrity: 'none' },
  )
  const summary = await r2.transfers.downloadDirectory({ bucket: 'photos' }, folder)
  expect(summary).toMatchObject({ done: 1, failed: 0 })
  expect(await readFile(join(folder, 'a'))).toEqual(flipped)
  await rm(folder, { recursive: true })
})
