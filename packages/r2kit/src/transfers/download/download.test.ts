/** Requests, checks and errors of downloads to bytes and to a stream, on virtual time and without a network. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { downloadHarness, flushEventLoop } from '#test/support/download-harness.js'
import { objectOf, type StoredObject } from '#test/support/object-server.js'
import { type ChecksumAlgorithm, checksumOf } from '../../base/checksums/index.js'
import { R2Error } from '../../errors/index.js'

const bytesOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 255)
const hundred = bytesOf(100)
const small = { rangeSizeBytes: 30 }
const rejection = async (work: PromiseLike<unknown>): Promise<unknown> =>
  work.then(
    () => expect.fail('it did not reject'),
    (error: unknown) => error,
  )

describe('the requests of a download', () => {
  test('the first range shows size and version of an object, and the others are pinned to it', async () => {
    const { server, clock, toBytes } = downloadHarness(objectOf(hundred))
    const result = await clock.run(toBytes(small).then((done) => done))
    expect(result.body).toEqual(hundred)
    expect(result).toMatchObject({ size: 100, bytes: 100, verifiedBy: 'etag', contentRange: undefined })
    expect(server.ranges).toEqual(['bytes=0-29', 'bytes=30-59', 'bytes=60-89', 'bytes=90-99'])
    const pins = server.seen.map(({ method, headers }) => `${method} ${headers['if-match']}`)
    const pinned = `"${server.object?.etag}"`
    // The HEAD asks for a checksum, which is cheaper than the MD5. Responses to ranges do not have it.
    expect(pins).toEqual(['GET undefined', `HEAD ${pinned}`, ...Array(3).fill(`GET ${pinned}`)])
  })

  test('an object that fits one range needs one request', async () => {
    const { server, clock, toBytes } = downloadHarness(objectOf(hundred))
    await clock.run(toBytes({ rangeSizeBytes: 100 }).then((done) => done))
    expect(server.seen).toHaveLength(1)
  })

  test('an empty object is downloaded by HEAD, after InvalidRange for the first range', async () => {
    const { server, clock, toBytes, toStream, collect } = downloadHarness(objectOf(new Uint8Array(0)))
    expect(await clock.run(toBytes().then((done) => done))).toMatchObject({ bytes: 0, verifiedBy: 'etag' })
    expect(server.seen.map(({ method }) => method)).toEqual(['GET', 'HEAD'])
    expect((await clock.run(collect(toStream()))).body).toHaveLength(0)
  })

  test('ranges of a multipart object follow its parts as soon as their size is known', async () => {
    const { server, clock, toBytes } = downloadHarness(objectOf(bytesOf(400), 20))
    const download = toBytes(small)
    const result = await clock.run(download.then((done) => done))
    expect(result.verifiedBy).toBe('etag')
    expect(server.seen.filter(({ method }) => method === 'HEAD')).toMatchObject([
      { query: '' },
      { query: 'partNumber=1' },
    ])
    const ends = server.ranges.map((range) => Number(range?.split('-')[1]) + 1)
    expect(ends[0]).toBe(30)
    expect(ends.slice(-10).filter((end) => end % 20 !== 0)).toEqual([])
    const { length } = server.ranges
    expect(download.progress).toMatchObject({ parts: length, totalParts: length })
  })

  test.each([
    [{ offset: 10, length: 45 }, 10, 55],
    [{ offset: 95, length: 45 }, 95, 100],
    [{ offset: 40 }, 40, 100],
    [{ suffix: 35 }, 65, 100],
    [{ suffix: 500 }, 0, 100],
    [{ offset: 99, length: 1 }, 99, 100],
  ])('a download of the range %o has exactly its bytes', async (range, start, end) => {
    const { clock, toBytes, toStream, collect } = downloadHarness(objectOf(hundred))
    const result = await clock.run(toBytes({ ...small, range }).then((done) => done))
    expect(result.body).toEqual(hundred.subarray(start, end))
    expect((await clock.run(collect(toStream({ ...small, range })))).body).toEqual(hundred.subarray(start, end))
    const isWhole = end - start === 100
    expect(result.verifiedBy).toBe(isWhole ? 'etag' : undefined)
    expect(result.contentRange).toEqual(isWhole ? undefined : { offset: start, length: end - start, total: 100 })
  })

  test('an object can be downloaded in ranges of one byte', async () => {
    const { clock, toBytes, toStream, collect } = downloadHarness(objectOf(hundred))
    expect((await clock.run(toBytes({ rangeSizeBytes: 1 }).then((done) => done))).body).toEqual(hundred)
    expect((await clock.run(collect(toStream({ rangeSizeBytes: 1 })))).body).toEqual(hundred)
  })

  test('an absent object and a range beyond the end fail without a retry', async () => {
    const { server, clock, toBytes, isIdle } = downloadHarness()
    expect(await clock.run(rejection(toBytes()))).toMatchObject({ code: 'ObjectNotFound' })
    server.object = objectOf(hundred)
    expect(await clock.run(rejection(toBytes({ range: { offset: 100 } })))).toMatchObject({ code: 'InvalidRange' })
    expect(isIdle()).toBe(true)
  })

  test('an object longer than maxBytes fails before it is fetched', async () => {
    const { server, clock, toBytes, isIdle } = downloadHarness(objectOf(hundred))
    expect(await clock.run(rejection(toBytes({ ...small, maxBytes: 99 })))).toMatchObject({ code: 'ResponseTooLarge' })
    expect(server.seen).toHaveLength(1)
    expect(isIdle()).toBe(true)
  })
})

describe('a failed range', () => {
  test('a range that breaks off is requested again from the first missing byte', async () => {
    const { server, clock, toBytes, isIdle } = downloadHarness(objectOf(hundred))
    server.faultOf = ({ index }) => (index === 1 ? { cutAfter: 14 } : undefined)
    expect((await clock.run(toBytes(small).then((done) => done))).body).toEqual(hundred)
    expect(server.ranges).toContain('bytes=44-59')
    expect(isIdle()).toBe(true)
  })

  test('a SlowDown lowers the concurrency limit immediately', async () => {
    const { server, clock, toBytes, context } = downloadHarness(objectOf(hundred))
    server.faultOf = ({ index }) =>
      index === 1
        ? () => ({ status: 503, headers: {}, bytes: new TextEncoder().encode('<Error><Code>SlowDown</Code></Error>') })
        : undefined
    expect((await clock.run(toBytes(small).then((done) => done))).body).toEqual(hundred)
    expect(context.limit.limit).toBeLessThan(4)
  })

  test('a failing range fails the download after noProgressTimeoutMs, not after a number of attempts', async () => {
    const { server, clock, toBytes, isIdle } = downloadHarness(objectOf(hundred), { noProgressTimeoutMs: 60_000 })
    server.faultOf = ({ index }) => (index === 0 ? undefined : new R2Error('ConnectionReset', 'no'))
    expect(await clock.run(rejection(toBytes(small)))).toMatchObject({ code: 'ConnectionReset' })
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(60_000)
    expect(server.seen.length).toBeGreaterThan(10)
    expect(isIdle()).toBe(true)
  })

  test('a response with another offset or length than requested is discarded and requested again', async () => {
    const wrongHeaders: Record<string, string>[] = [
      { 'content-range': 'bytes 31-60/100' },
      { 'content-range': 'bytes 30-58/100', 'content-length': '29' },
    ]
    for (const wrong of wrongHeaders) {
      const { server, clock, toBytes } = downloadHarness(objectOf(hundred))
      server.faultOf = ({ index }) =>
        index === 1 ? (response) => ({ ...response, headers: { ...response.headers, ...wrong } }) : undefined
      expect((await clock.run(toBytes(small).then((done) => done))).body).toEqual(hundred)
      expect(server.ranges.filter((range) => range === 'bytes=30-59')).toHaveLength(2)
    }
  })

  test('a response longer than its headers declare fails the download, because none of its bytes can be trusted', async () => {
    for (const length of [31, 100]) {
      const { server, clock, toBytes, isIdle } = downloadHarness(objectOf(hundred))
      server.faultOf = ({ index }) =>
        index === 1 ? (response) => ({ ...response, bytes: bytesOf(length) }) : undefined
      expect(await clock.run(rejection(toBytes(small)))).toMatchObject({ code: 'InvalidResponse' })
      expect(server.ranges.length).toBeLessThan(8)
      expect(isIdle()).toBe(true)
    }
  })
})

describe('an object that changes during its download', () => {
  test.each([
    ['is overwritten', objectOf(bytesOf(100).reverse())],
    ['is overwritten by a shorter one', objectOf(bytesOf(50))],
    ['is deleted', undefined],
  ])('a download whose object %s fails with ObjectChanged, and nothing stays in flight', async (_, next) => {
    for (const to of ['bytes', 'stream'] as const) {
      const { server, clock, toBytes, toStream, collect, isIdle } = downloadHarness(objectOf(hundred))
      server.faultOf = ({ index }) => {
        if (index === 2) server.object = next
        return undefined
      }
      const work = to === 'bytes' ? toBytes(small) : collect(toStream(small))
      expect(await clock.run(rejection(work))).toMatchObject({ code: 'ObjectChanged' })
      expect(isIdle()).toBe(true)
    }
  })

  test('a response with another ETag or size fails the download with ObjectChanged, although its range is right', async () => {
    for (const wrong of [{ etag: '"fedcba9876543210fedcba9876543210"' }, { 'content-range': 'bytes 30-59/101' }]) {
      const { server, clock, toBytes } = downloadHarness(objectOf(hundred))
      server.faultOf = ({ index }) =>
        index === 1 ? (response) => ({ ...response, headers: { ...response.headers, ...wrong } }) : undefined
      expect(await clock.run(rejection(toBytes(small)))).toMatchObject({ code: 'ObjectChanged' })
    }
  })
})

describe('the verification of a download', () => {
  const flip = (at: number) => (response: { status: number; headers: Record<string, string>; bytes: Uint8Array }) => {
    const bytes = response.bytes.slice()
    bytes[at] = (bytes[at] ?? 0) ^ 1
    return { ...response, bytes }
  }

  test.each([undefined, 20, 30, 100])(
    'one wrong bit fails the download of an object with parts of %o bytes',
    async (partSize) => {
      for (const to of ['bytes', 'stream'] as const) {
        const { server, clock, toBytes, toStream, collect, isIdle } = downloadHarness(objectOf(hundred, partSize))
        server.faultOf = ({ method, index }) => (method === 'GET' && index > 1 ? flip(3) : undefined)
        const work = to === 'bytes' ? toBytes(small) : collect(toStream(small))
        expect(await clock.run(rejection(work))).toMatchObject({ code: 'IntegrityMismatch' })
        expect(isIdle()).toBe(true)
      }
    },
  )

  test('verify: false skips the comparison with the ETag', async () => {
    const { server, clock, toBytes } = downloadHarness(objectOf(hundred))
    server.faultOf = ({ index }) => (index === 1 ? flip(3) : undefined)
    expect((await clock.run(toBytes({ ...small, verify: false }).then((done) => done))).verifiedBy).toBeUndefined()
  })

  test('the CRC-64/NVME verifies an object whose ETag is no hash of its bytes', async () => {
    const crc = (value: string) => ({
      bytes: new TextEncoder().encode('123456789'),
      etag: 'of-another-kind',
      headers: { 'x-amz-checksum-crc64nvme': value, 'x-amz-checksum-type': 'FULL_OBJECT' },
    })
    const right = downloadHarness(crc('rosUhgp5mIg='))
    const checked = await right.clock.run(right.toBytes({ rangeSizeBytes: 4 }).then((done) => done))
    expect(checked.verifiedBy).toBe('CRC64NVME')
    expect(right.server.ranges).toEqual(['bytes=0-3', 'bytes=4-7', 'bytes=8-8'])
    const wrong = downloadHarness(crc('AAAAAAAAAAA='))
    expect(await wrong.clock.run(rejection(wrong.toBytes()))).toMatchObject({ code: 'IntegrityMismatch' })
  })

  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
  const parts = (bytes: Uint8Array, partSize: number): Uint8Array[] =>
    Array.from({ length: Math.ceil(bytes.length / partSize) }, (_, index) =>
      bytes.subarray(index * partSize, (index + 1) * partSize),
    )
  const composite = (algorithm: ChecksumAlgorithm, bytes: Uint8Array, partSize: number): string => {
    const digests = parts(bytes, partSize).map((part) => checksumOf(algorithm, part))
    return `${base64(checksumOf(algorithm, Buffer.concat(digests)))}-${digests.length}`
  }
  /** An object with a stored checksum, and an ETag that is no hash of its bytes. */
  const stored = (
    algorithm: ChecksumAlgorithm,
    value: string,
    type?: string,
    partSizeBytes?: number,
  ): StoredObject => ({
    bytes: hundred,
    etag: partSizeBytes === undefined ? 'no-hash' : `${'0'.repeat(32)}-${Math.ceil(100 / partSizeBytes)}`,
    ...(partSizeBytes !== undefined && { partSizeBytes }),
    headers: {
      [`x-amz-checksum-${algorithm.toLowerCase()}`]: value,
      ...(type !== undefined && { 'x-amz-checksum-type': type }),
    },
  })
  const ways = ['bytes', 'stream'] as const
  const downloadWith = async (
    object: StoredObject,
    to: (typeof ways)[number],
    rangeSizeBytes: number,
    bad?: number,
  ) => {
    const { server, clock, toBytes, toStream, collect, isIdle } = downloadHarness(object)
    server.faultOf = ({ index }) => (index === bad ? flip(3) : undefined)
    const work =
      to === 'bytes' ? toBytes({ rangeSizeBytes }).then((done) => done) : collect(toStream({ rangeSizeBytes }))
    const outcome = await clock.run(
      work.then(
        ({ verifiedBy, body }) => ({ verifiedBy, isSame: Buffer.compare(body, hundred) === 0 }),
        (error: unknown) => ({ error }),
      ),
    )
    expect(isIdle()).toBe(true)
    return { ...outcome, server }
  }

  test.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    'a stored %s verifies an object that arrives in one range or several, and detects one wrong bit',
    async (algorithm) => {
      const object = stored(algorithm, base64(checksumOf(algorithm, hundred)))
      for (const to of ways) {
        for (const rangeSize of [30, 100, 1000]) {
          expect(await downloadWith(object, to, rangeSize)).toMatchObject({ verifiedBy: algorithm, isSame: true })
          const bad = rangeSize === 30 ? 2 : 0
          expect(await downloadWith(object, to, rangeSize, bad)).toMatchObject({ error: { code: 'IntegrityMismatch' } })
        }
      }
    },
  )

  test.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)(
    'a composite %s verifies an object by its parts, and detects one wrong bit',
    async (algorithm) => {
      for (const partSize of [20, 23, 100]) {
        const object = stored(algorithm, composite(algorithm, hundred, partSize), 'COMPOSITE', partSize)
        for (const to of ways) {
          for (const rangeSize of [30, 100]) {
            expect(await downloadWith(object, to, rangeSize)).toMatchObject({ verifiedBy: algorithm, isSame: true })
            const bad = rangeSize === 30 ? 2 : 0
            expect(await downloadWith(object, to, rangeSize, bad)).toMatchObject({
              error: { code: 'IntegrityMismatch' },
            })
          }
        }
      }
    },
  )

  test('a checksum in the response to a range is not compared with the range', async () => {
    // HEAD returns that of the whole; the responses to ranges have one that fits nothing.
    const object = stored('CRC32', base64(checksumOf('CRC32', hundred)))
    const { server, clock, toBytes } = downloadHarness(object)
    server.faultOf = () => (response) => ({
      ...response,
      headers: { ...response.headers, 'x-amz-checksum-crc32': 'AAAAAA==' },
    })
    const result = await clock.run(toBytes(small).then((done) => done))
    expect(result.verifiedBy).toBe('CRC32')
    const range = await clock.run(toBytes({ range: { offset: 10, length: 30 } }).then((done) => done))
    expect(range.verifiedBy).toBeUndefined()
    expect(range.body).toEqual(hundred.subarray(10, 40))
  })

  test('the checksum that arrives with a whole object needs no further request, and is preferred to the MD5', async () => {
    const crc32 = base64(checksumOf('CRC32', hundred))
    const { server } = await downloadWith({ ...stored('CRC32', crc32), etag: objectOf(hundred).etag }, 'bytes', 100)
    expect(server.seen).toHaveLength(1)
    const both = { ...objectOf(hundred), headers: { 'x-amz-checksum-sha256': base64(checksumOf('SHA256', hundred)) } }
    expect(await downloadWith(both, 'bytes', 100)).toMatchObject({ verifiedBy: 'SHA256' })
  })

  test('a composite checksum whose number of parts contradicts the size of the parts proves nothing', async () => {
    const [value = ''] = composite('CRC32', hundred, 20).split('-')
    const object = stored('CRC32', `${value}-4`, 'COMPOSITE', 20)
    const by = objectOf(hundred, 20)
    const outcome = await downloadWith({ ...object, etag: by.etag }, 'bytes', 30)
    expect(outcome).toMatchObject({ verifiedBy: 'etag', isSame: true })
  })

  test('with integrity none, a client verifies no download unless it is asked to', async () => {
    const { server, clock, toBytes } = downloadHarness(objectOf(hundred), {}, 'none')
    expect((await clock.run(toBytes(small).then((done) => done))).verifiedBy).toBeUndefined()
    expect(server.seen.every(({ method }) => method === 'GET')).toBe(true)
    expect((await clock.run(toBytes({ ...small, verify: true }).then((done) => done))).verifiedBy).toBe('etag')
  })

  test('verifiedBy is undefined for multipart ETags of before 2023-06-21, customer keys and servers without part numbers', async () => {
    const old = objectOf(hundred, 20)
    const cases = [
      { ...old, etag: `${'0'.repeat(32)}-5`, headers: { 'last-modified': 'Tue, 20 Jun 2023 00:00:00 GMT' } },
      {
        ...objectOf(hundred),
        headers: { 'x-amz-server-side-encryption-customer-key-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' },
      },
    ]
    for (const object of cases) {
      const { clock, toBytes } = downloadHarness(object)
      const result = await clock.run(toBytes(small).then((done) => done))
      expect(result.body).toEqual(hundred)
      expect(result.verifiedBy).toBeUndefined()
    }
    const { server, clock, toBytes } = downloadHarness(old)
    server.faultOfHead = ({ query }) =>
      query === '' ? undefined : () => ({ status: 501, headers: {}, bytes: new Uint8Array(0) })
    expect((await clock.run(toBytes(small).then((done) => done))).body).toEqual(hundred)
  })
})

describe('a download to a stream', () => {
  const large = bytesOf(100_000)
  const settings = { memoryBudgetBytes: 20_000 }
  const options = { rangeSizeBytes: 1000, windowBytes: 5000 }

  test('a stream fetches no more than its window ahead of the reader, and a slow reader causes no timeout', async () => {
    const { server, clock, context, toStream, isIdle } = downloadHarness(objectOf(large), settings)
    server.chunkBytes = 250
    const download = toStream(options)
    const reader = download.body.getReader()
    const chunks: Uint8Array[] = []
    let read = 0
    let most = 0
    for (;;) {
      await flushEventLoop(5)
      await clock.advance(600_000)
      most = Math.max(most, context.budget.usedBytes)
      const { done, value } = await clock.run(reader.read())
      if (done) break
      chunks.push(value)
      read += value.byteLength
      // Requested bytes: those that were read, and the window.
      expect(server.ranges.length * 1000).toBeLessThanOrEqual(read + 6000)
      if (read > 10_000) break
    }
    expect(most).toBeLessThanOrEqual(5000)
    reader.releaseLock()
    await clock.run(download.body.pipeTo(new WritableStream({ write: (chunk: Uint8Array) => void chunks.push(chunk) })))
    expect(Buffer.compare(Buffer.concat(chunks), large)).toBe(0)
    expect(await download).toMatchObject({ verifiedBy: 'etag' })
    expect(isIdle()).toBe(true)
  })

  test('the default window is twice the number of requests that may be in flight', async () => {
    const { server, clock, context, toStream, isIdle } = downloadHarness(objectOf(large))
    const download = toStream({ rangeSizeBytes: 1000 })
    await flushEventLoop(5)
    await clock.advance(600_000)
    expect(context.limit.limit).toBe(4)
    expect(server.ranges).toHaveLength(8)
    await download.body.cancel()
    await clock.run(download.catch(() => undefined))
    expect(isIdle()).toBe(true)
  })

  test('the default window is at most 32 MiB', async () => {
    const { server, clock, context, toStream, isIdle } = downloadHarness(objectOf(new Uint8Array(48 * 1024 * 1024)))
    server.chunkBytes = 1024 * 1024
    const download = toStream({ rangeSizeBytes: 8 * 1024 * 1024, verify: false })
    await flushEventLoop(5)
    await clock.advance(600_000)
    expect(context.budget.usedBytes).toBe(32 * 1024 * 1024)
    await download.body.cancel()
    await clock.run(download.catch(() => undefined))
    expect(isIdle()).toBe(true)
  })

  test('a stream reserves no more than its window, even if the last ranges are shorter than their buffers', async () => {
    const mebibyte = 1024 * 1024
    const { server, clock, context, toStream, isIdle } = downloadHarness(objectOf(bytesOf(14 * mebibyte)))
    server.chunkBytes = 64 * 1024
    const download = toStream({ rangeSizeBytes: 2 * mebibyte, windowBytes: 8 * mebibyte })
    await flushEventLoop(5)
    await clock.advance(600_000)
    expect(server.ranges).toContain('bytes=2097152-2621439')
    expect(context.budget.usedBytes).toBe(8 * mebibyte)
    await download.body.cancel()
    await clock.run(download.catch(() => undefined))
    expect(isIdle()).toBe(true)
  })

  test('a stream makes progress although others hold the whole budget', async () => {
    const { server, clock, context, toStream, collect } = downloadHarness(objectOf(large), settings)
    server.chunkBytes = 500
    const held = context.budget.reserveUnqueued(20_000)
    expect((await clock.run(collect(toStream(options)))).body).toEqual(large)
    held.release()
    expect(context.budget.usedBytes).toBe(0)
  })

  test('ten concurrent streams share one budget', async () => {
    const { server, clock, context, toStream, collect, isIdle } = downloadHarness(objectOf(bytesOf(20_000)), settings)
    server.chunkBytes = 500
    let most = 0
    const onProgress = () => {
      most = Math.max(most, context.budget.usedBytes)
    }
    const all = await clock.run(
      Promise.all(Array.from({ length: 10 }, () => collect(toStream({ rangeSizeBytes: 1000, onProgress })))),
    )
    for (const { body } of all) expect(Buffer.compare(body, bytesOf(20_000))).toBe(0)
    // The first range of each may exceed the budget.
    expect(most).toBeLessThanOrEqual(20_000 + 10 * 1000)
    expect(isIdle()).toBe(true)
  })

  test('cancelling a stream ends all of its requests and releases everything', async () => {
    const { server, clock, toStream, isIdle } = downloadHarness(objectOf(large))
    server.chunkBytes = 500
    const download = toStream(options)
    const reader = download.body.getReader()
    await clock.run(reader.read())
    await reader.cancel()
    await expect(download.then((done) => done)).rejects.toMatchObject({ code: 'Aborted' })
    const { length } = server.seen
    await flushEventLoop()
    expect(server.seen).toHaveLength(length)
    expect(isIdle()).toBe(true)
  })

  test('opened resolves with the metadata before the first byte is read', async () => {
    const { clock, toStream } = downloadHarness(objectOf(hundred))
    const download = toStream()
    expect(await clock.run(download.opened)).toMatchObject({ size: 100, bytes: 100 })
    await download.body.cancel()
  })

  test('a stream that cannot be opened rejects its body, opened and itself', async () => {
    const { clock, toStream } = downloadHarness()
    const download = toStream()
    const missing = { code: 'ObjectNotFound' }
    expect(await clock.run(rejection(download.body.getReader().read()))).toMatchObject(missing)
    expect(await rejection(download.opened)).toMatchObject(missing)
    expect(await rejection(download)).toMatchObject(missing)
  })
})

describe('the handle of a download', () => {
  test('progress counts all bytes and ranges of a download', async () => {
    const { clock, toBytes } = downloadHarness(objectOf(hundred))
    const download = toBytes(small)
    await clock.run(download.then((done) => done))
    expect(download.progress).toMatchObject({ bytes: 100, totalBytes: 100, parts: 4, totalParts: 4, state: 'done' })
  })

  test('a paused download requests no further range until it is resumed', async () => {
    const { server, clock, toBytes } = downloadHarness(objectOf(hundred))
    let release: () => void = () => undefined
    const gate = new Promise<undefined>((resolve) => {
      release = () => resolve(undefined)
    })
    server.faultOf = ({ index }) => (index === 0 ? gate : undefined)
    const download = toBytes(small)
    await flushEventLoop(5)
    download.pause()
    release()
    await flushEventLoop()
    await clock.advance(10 * 60_000)
    expect(server.ranges).toHaveLength(1)
    download.resume()
    expect((await clock.run(download.then((done) => done))).body).toEqual(hundred)
  })

  test('an abort ends a download in every phase', async () => {
    for (const at of [0, 1, 2]) {
      const { server, clock, toBytes, isIdle } = downloadHarness(objectOf(hundred))
      const controller = new AbortController()
      server.faultOf = ({ index }) => {
        if (index === at) controller.abort()
        return undefined
      }
      const work = toBytes({ ...small, signal: controller.signal })
      expect(await clock.run(rejection(work))).toMatchObject({ code: 'Aborted' })
      expect(isIdle()).toBe(true)
    }
  })

  test('an exception in onProgress fails a download', async () => {
    const { clock, toBytes, isIdle } = downloadHarness(objectOf(hundred))
    const own = new Error('mine')
    const onProgress = ({ parts }: { parts: number }) => {
      if (parts === 2) throw own
    }
    expect(await clock.run(rejection(toBytes({ ...small, onProgress })))).toBe(own)
    expect(isIdle()).toBe(true)
  })
})

test('bytes that arrive while the last stored ones have just been read back are hashed too', async () => {
  const bytes = bytesOf(51)
  const harness = downloadHarness(objectOf(bytes, 9), { memoryBudgetBytes: 1, maxConcurrency: 2 })
  harness.server.chunkBytes = 1
  const { verifiedBy } = await harness.clock.run(harness.toBytes({ rangeSizeBytes: 50 }).then((done) => done))
  expect(verifiedBy).toBe('etag')
})

test('a download has the bytes of the object, whatever breaks and however it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        size: fc.integer({ min: 0, max: 130 }),
        partSize: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
        rangeSizeBytes: fc.integer({ min: 1, max: 70 }),
        windowBytes: fc.integer({ min: 1, max: 200 }),
        memoryBudgetBytes: fc.integer({ min: 1, max: 300 }),
        maxConcurrency: fc.integer({ min: 1, max: 6 }),
        chunkBytes: fc.integer({ min: 1, max: 20 }),
        cuts: fc.array(fc.option(fc.record({ cutAfter: fc.nat(40), quietly: fc.boolean() }), { nil: undefined }), {
          maxLength: 30,
        }),
        toStream: fc.boolean(),
      }),
      async ({ size, partSize, rangeSizeBytes, windowBytes, chunkBytes, cuts, toStream, ...settings }) => {
        const bytes = bytesOf(size)
        const harness = downloadHarness(objectOf(bytes, partSize), settings)
        harness.server.chunkBytes = chunkBytes
        harness.server.faultOf = ({ index }) => cuts[index]
        const work = toStream
          ? harness.collect(harness.toStream({ rangeSizeBytes, windowBytes }))
          : harness.toBytes({ rangeSizeBytes }).then((done) => done)
        const result = await harness.clock.run(work)
        expect(Buffer.compare(result.body, bytes)).toBe(0)
        expect(result.verifiedBy).toBe('etag')
        expect(harness.isIdle()).toBe(true)
      },
    ),
    { numRuns: 150 },
  )
})
