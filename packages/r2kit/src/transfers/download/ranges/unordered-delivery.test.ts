/** Connections that are done take over half of the slowest range. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { downloadHarness } from '#test/support/download-harness.js'
import { MemoryJournal } from '#test/support/memory-journal.js'
import { objectOf } from '#test/support/object-server.js'
import { sleep } from '../../../base/clock.js'
import { R2Error } from '../../../errors/index.js'

const kibibyte = 1024
const bytesOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 255)
const options = { rangeSizeBytes: 512 * kibibyte }

/** A server that sends chunks of 32 KiB, each after `msOf` milliseconds. */
const pacedHarness = (bytes: Uint8Array, msOf: (index: number) => number, maxConcurrency = 3) => {
  const harness = downloadHarness(objectOf(bytes), { maxConcurrency })
  harness.server.chunkBytes = 32 * kibibyte
  harness.server.paceOf =
    ({ index }) =>
    (signal) =>
      // The abort of a cancelled body rejects the wait, which nothing awaits any more.
      sleep(harness.clock, msOf(index), signal).catch(() => undefined)
  return harness
}

describe('the last ranges of a download', () => {
  const bytes = bytesOf(1536 * kibibyte)
  /** The second of three ranges takes 16 s on its own. */
  const slowSecond = (index: number) => (index === 1 ? 1000 : 100)

  test('idle connections repeatedly take half of the slowest range', async () => {
    const { server, clock, toBytes, isIdle } = pacedHarness(bytes, slowSecond)
    const download = toBytes(options)
    const { body, verifiedBy } = await clock.run(download.then((done) => done))
    expect(Buffer.compare(body, bytes)).toBe(0)
    expect(verifiedBy).toBe('etag')
    expect(clock.monotonicMs()).toBeLessThan(10_000)
    const { length } = server.ranges
    expect(length).toBeGreaterThan(3)
    expect(length).toBeLessThan(10)
    expect(download.progress).toMatchObject({ bytes: bytes.length, parts: length, totalParts: length })
    expect(isIdle()).toBe(true)
  })

  test('ranges of similar speed are not split', async () => {
    const { server, clock, toBytes } = pacedHarness(bytes, (index) => 20 + index)
    await clock.run(toBytes(options).then((done) => done))
    expect(server.ranges).toHaveLength(3)
  })

  test('a slow range is not split while another transfer takes the free permits', async () => {
    const { server, clock, context, toBytes } = pacedHarness(bytes, slowSecond)
    const done = toBytes(options).then((result) => result)
    await clock.advance(150)
    const waiting = Array.from({ length: 3 }, () => context.limit.acquire())
    await clock.run(done)
    expect(server.ranges).toHaveLength(3)
    for (const permit of waiting) (await permit).done({ bytes: 0 })
  })

  test('a slow range is not split while the transfer is paused', async () => {
    const { server, clock, toBytes } = pacedHarness(bytes, slowSecond)
    const download = toBytes(options)
    const done = download.then((result) => result)
    await clock.advance(100)
    download.pause()
    await clock.advance(5000)
    expect(server.ranges).toHaveLength(3)
    download.resume()
    expect(Buffer.compare((await clock.run(done)).body, bytes)).toBe(0)
    expect(server.ranges.length).toBeGreaterThan(3)
  })

  test('a range that was split and breaks off is retried for the rest that it kept', async () => {
    const { server, clock, toBytes } = pacedHarness(bytes, slowSecond)
    server.faultOf = ({ index }) => (index >= 1 && index < 6 ? { cutAfter: 100 * kibibyte } : undefined)
    expect(Buffer.compare((await clock.run(toBytes(options).then((done) => done))).body, bytes)).toBe(0)
  })
})

test('progress never has more parts than totalParts, even if the object’s parts add ranges to the plan', async () => {
  // Parts of six tenths of a range: each becomes a range of its own as soon as their size is known.
  const harness = downloadHarness(objectOf(bytesOf(3000 * kibibyte), 300 * kibibyte), { maxConcurrency: 1 })
  harness.server.chunkBytes = 300 * kibibyte
  const seen: { parts: number; totalParts: number | undefined }[] = []
  const onProgress = ({ parts, totalParts }: { parts: number; totalParts: number | undefined }) => {
    seen.push({ parts, totalParts })
  }
  await harness.clock.run(harness.toBytes({ ...options, onProgress }).then((done) => done))
  expect(seen[0]).toEqual({ parts: 0, totalParts: 6 })
  const { length } = harness.server.ranges
  expect(length).toBeGreaterThan(6)
  expect(seen.at(-1)).toEqual({ parts: length, totalParts: length })
  expect(seen.filter(({ parts, totalParts }) => parts > (totalParts ?? 0))).toEqual([])
})

describe('a download to a file', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'r2kit-ranges-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  test('a file has the bytes of the object, whatever ranges are slow or break, and whenever the process crashes', async () => {
    const request = fc.record({
      ms: fc.constantFrom(0, 100, 300, 1000),
      cutAfter: fc.option(fc.nat(512 * kibibyte), { nil: undefined }),
    })
    let shared = 0
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 2048 * kibibyte }),
        fc.array(fc.record({ requests: fc.array(request, { maxLength: 12 }), crashAfter: fc.nat(12) }), {
          maxLength: 3,
        }),
        async (size, crashes) => {
          const bytes = bytesOf(size)
          const journal = new MemoryJournal()
          const last = {
            requests: [
              { ms: 100, cutAfter: undefined },
              { ms: 1000, cutAfter: undefined },
            ],
            crashAfter: undefined,
          }
          for (const { requests, crashAfter } of [...crashes, last]) {
            const { server, clock, toFile, isIdle } = pacedHarness(bytes, (index) => requests[index]?.ms ?? 100)
            server.faultOf = ({ index }) => {
              if (crashAfter !== undefined && index >= crashAfter) return new R2Error('TlsFailed', 'the end')
              const cutAfter = requests[index]?.cutAfter
              return cutAfter === undefined ? undefined : { cutAfter }
            }
            let isOver = false
            const work = toFile(join(folder, 'out'), { ...options, journal }).then(
              () => undefined,
              (error: unknown) => error,
            )
            void work.finally(() => {
              isOver = true
            })
            while (!isOver) {
              await new Promise((resolve) => setImmediate(resolve))
              if (clock.timers > 0) await clock.advance(clock.nextTimerInMs ?? 0)
            }
            const error = await work
            if (server.ranges.length > 4 && crashAfter === undefined) shared++
            expect(isIdle()).toBe(true)
            if (error === undefined) break
            expect(error).toMatchObject({ code: 'TlsFailed' })
          }
          expect(Buffer.compare(await readFile(join(folder, 'out')), bytes)).toBe(0)
          expect(await readdir(folder)).toEqual(['out'])
          await rm(join(folder, 'out'))
        },
      ),
      { numRuns: 30 },
    )
    expect(shared).toBeGreaterThan(0)
  })
})
