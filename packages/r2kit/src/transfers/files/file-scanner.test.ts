import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FileScanner } from './file-scanner.js'

const running = new AbortController().signal
const content = Uint8Array.from({ length: 2_000_000 }, (_, index) => (index * 7919) >> 5)

/** Reads from `content`, at most `most` bytes per call, and records the buffers. Each call is synchronous where `isSync` returns true. */
const scannerOf = (most = Number.POSITIVE_INFINITY, isSync = () => false) => {
  const buffers = new Set<Buffer>()
  const scanner = new FileScanner((buffer, length, at) => {
    buffers.add(buffer)
    const bytes = content.subarray(at, at + Math.min(length, most))
    buffer.set(bytes)
    return isSync() ? bytes.byteLength : Promise.resolve(bytes.byteLength)
  })
  return { scanner, buffers }
}

test('a scan visits the bytes once and in order, however short the reads are and whether they are synchronous', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(2_100_000),
      fc.integer({ min: 1, max: 1_500_000 }),
      fc.integer({ min: 20_000, max: 600_000 }),
      fc.infiniteStream(fc.boolean()),
      async (offset, length, most, isSync) => {
        const seen: Buffer[] = []
        const scanned = await scannerOf(most, () => isSync.next().value).scanner.scan(
          offset,
          length,
          (chunk) => seen.push(Buffer.from(chunk)),
          running,
        )
        const expected = content.subarray(offset, offset + length)
        expect(scanned).toBe(expected.byteLength)
        expect(Buffer.concat(seen).equals(expected)).toBe(true)
      },
    ),
    { numRuns: 50 },
  )
})

test('consecutive scans share two buffers', async () => {
  const { scanner, buffers } = scannerOf()
  for (let scan = 0; scan < 5; scan++) await scanner.scan(0, content.byteLength, () => undefined, running)
  expect(buffers.size).toBe(2)
})

test('the next bytes are read while the last ones are visited', async () => {
  const order: string[] = []
  const scanner = new FileScanner(async (buffer, length, at) => {
    order.push(`read ${at}`)
    return Math.min(length, buffer.byteLength)
  })
  await scanner.scan(0, 1_048_576, () => order.push('visit'), running)
  expect(order).toEqual(['read 0', 'read 524288', 'visit', 'visit'])
})

test('synchronous reads let the event loop turn after each 512 KiB', async () => {
  let turns = 0
  const turn = () => {
    turns++
    next = setImmediate(turn)
  }
  let next = setImmediate(turn)
  const seen: number[] = []
  await scannerOf(131_072, () => true).scanner.scan(0, 1_572_864, () => seen.push(turns), running)
  clearImmediate(next)
  expect(seen).toHaveLength(12)
  expect(seen.at(-1)).toBeGreaterThanOrEqual(3)
})

test('an aborted scan visits nothing more', async () => {
  const abort = new AbortController()
  let visits = 0
  const scan = scannerOf().scanner.scan(
    0,
    content.byteLength,
    () => {
      visits++
      abort.abort('enough')
    },
    abort.signal,
  )
  await expect(scan).rejects.toMatchObject({ code: 'Aborted', cause: 'enough' })
  expect(visits).toBe(1)
})

test('a scan whose reading fails rejects with its error', async () => {
  const failure = new Error('the disk failed')
  const scanner = new FileScanner((buffer, _, at) => (at === 0 ? buffer.byteLength : Promise.reject(failure)))
  await expect(scanner.scan(0, 2_000_000, () => undefined, running)).rejects.toBe(failure)
})
