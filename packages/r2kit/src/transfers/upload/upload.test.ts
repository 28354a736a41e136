/** Uploads to a local R2 in memory, over real sockets. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { bucket, partBytes, pattern, type UploadHarness, uploadHarness } from '#test/support/upload-harness.js'
import { type ChecksumAlgorithm, checksumOf } from '../../base/checksums/index.js'
import type { UploadOptions, UploadSource } from './options.js'

let harness: UploadHarness
let folder: string

beforeAll(async () => {
  harness = await uploadHarness()
  folder = await mkdtemp(join(tmpdir(), 'r2kit-upload-'))
})
afterAll(async () => {
  await harness[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})
afterEach(() => {
  harness.transport.faultOf = () => undefined
  harness.transport.seen.length = 0
  harness.warnings.length = 0
})

const inParts = { thresholdBytes: 1, partSizeBytes: partBytes } satisfies UploadOptions
const upload = (source: UploadSource, key: string, options: UploadOptions = {}) =>
  harness.r2.transfers.upload(source, { bucket, key }, options)
const base64Of = (algorithm: ChecksumAlgorithm, bytes: Uint8Array): string =>
  Buffer.from(checksumOf(algorithm, bytes)).toString('base64')
const isEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

async function* inChunks(bytes: Uint8Array, chunkBytes = 1_000_003): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

const twelve = pattern(12_000_000)

const sources: Record<string, (bytes: Uint8Array) => UploadSource | Promise<UploadSource>> = {
  'bytes in memory': (bytes) => bytes,
  'a Blob': (bytes) => new Blob([bytes.slice()]),
  'a file': async (bytes) => {
    const path = join(folder, 'source')
    await writeFile(path, bytes)
    return { path }
  },
  'a Web stream': (bytes) => new Blob([bytes.slice()]).stream(),
  'a Node stream': (bytes) => Readable.from(inChunks(bytes)),
  'an async iterable': (bytes) => inChunks(bytes),
  'a source that opens again': (bytes) => ({ size: bytes.byteLength, open: () => inChunks(bytes) }),
}

for (const [name, make] of Object.entries(sources)) {
  test(`${name} as a source is uploaded byte for byte, in parts`, async () => {
    const result = await upload(await make(twelve), 'source', inParts)
    expect(result).toMatchObject({ size: twelve.byteLength, parts: 3, resumedBytes: 0 })
    expect(result.etag).toMatch(/^[0-9a-f]{32}-3$/)
    expect(result.checksum).toMatchObject({ algorithm: 'CRC32', value: expect.stringMatching(/==-3$/) })
    expect(result.verifiedBy).toBe('CRC32')
    expect(isEqual(await harness.read('source'), twelve)).toBe(true)
  })

  test(`${name} without bytes becomes an empty object`, async () => {
    const result = await upload(await make(new Uint8Array(0)), 'empty', inParts)
    expect(result).toMatchObject({ size: 0, parts: 1, etag: 'd41d8cd98f00b204e9800998ecf8427e' })
    expect((await harness.r2.objects.head({ bucket, key: 'empty' })).size).toBe(0)
  })
}

test('a string is rejected as a source, because it could be a path as well as text', async () => {
  const transfer = upload('./film.mp4' as unknown as UploadSource, 'text')
  await expect(transfer).rejects.toMatchObject({
    code: 'InvalidInput',
    field: 'source',
    hint: expect.stringContaining('{ path: "./film.mp4" }'),
  })
  expect(harness.transport.count('PutObject')).toBe(0)
})

test('bytes below the threshold are uploaded in one request, with their CRC-32', async () => {
  await upload(twelve, 'whole', { thresholdBytes: twelve.byteLength + 1 })
  expect(harness.transport.seen.map(({ name }) => name)).toEqual(['PutObject'])
  expect(harness.transport.seen[0]?.request.headers['x-amz-checksum-crc32']).toBe(base64Of('CRC32', twelve))
  await upload(twelve, 'whole', { ...inParts, thresholdBytes: twelve.byteLength })
  expect(harness.transport.count('UploadPart')).toBe(3)
})

test('all parts of an upload but the last have one size', async () => {
  await upload(inChunks(twelve), 'equal', inParts)
  const lengths = harness.transport.seen
    .filter(({ name }) => name === 'UploadPart')
    .sort((a, b) => (a.partNumber ?? 0) - (b.partNumber ?? 0))
    .map(({ request }) => (request.body.kind === 'stream' ? request.body.contentLength : 0))
  expect(lengths).toEqual([partBytes, partBytes, twelve.byteLength - 2 * partBytes])
})

for (const parts of [1, 2]) {
  for (const beyond of [-1, 0, 1]) {
    test(`a stream of unknown length that ends ${beyond} bytes from the end of part ${parts} is uploaded whole`, async () => {
      const bytes = pattern(parts * partBytes + beyond)
      const result = await upload(inChunks(bytes, 700_001), 'boundary', inParts)
      expect(result).toMatchObject({ size: bytes.byteLength, parts: beyond > 0 ? parts + 1 : parts })
      expect(result.etag.includes('-')).toBe(result.parts > 1)
      expect(isEqual(await harness.read('boundary'), bytes)).toBe(true)
      expect(await harness.pending()).toBe(0)
    })
  }
}

test('a stream longer or shorter than contentLength fails, and leaves nothing behind', async () => {
  for (const contentLength of [twelve.byteLength - 1, twelve.byteLength + 1, 1, 0, 2 * partBytes]) {
    const transfer = harness.r2.transfers.upload(inChunks(twelve), { bucket, key: 'wrong', contentLength }, inParts)
    await expect(transfer).rejects.toMatchObject({ code: 'SourceFailed', field: 'contentLength' })
  }
  expect(await harness.pending()).toBe(0)
  await expect(harness.r2.objects.head({ bucket, key: 'wrong' })).rejects.toMatchObject({ code: 'ObjectNotFound' })
})

test('an upload stores the description and a checksum with the object', async () => {
  const input = { bucket, key: 'described', contentType: 'video/mp4', metadata: { camera: 'süd' } }
  const { checksum } = await harness.r2.transfers.upload(twelve, input, inParts)
  const head = await harness.r2.objects.head({ bucket, key: 'described' })
  expect(head).toMatchObject({ contentType: 'video/mp4', metadata: { camera: 'süd' } })
  expect(head.checksum).toMatchObject({ algorithm: 'CRC32', value: checksum?.value, type: 'COMPOSITE' })
})

test('50 uploads of 10 MB, 10 of them concurrent, become 50 byte-exact objects', async () => {
  const all = pattern(10_000_000 + 50 * 4096)
  const bodies = Array.from({ length: 50 }, (_, index) => all.subarray(index * 4096, index * 4096 + 10_000_000))
  const queue = bodies.entries()
  const worker = async () => {
    for (const [index, body] of queue) {
      await upload(index % 2 === 0 ? body : inChunks(body), `stress/${index}`, index % 4 < 2 ? inParts : {})
    }
  }
  await Promise.all(Array.from({ length: 10 }, worker))
  for (const [index, body] of bodies.entries()) {
    expect(isEqual(await harness.read(`stress/${index}`), body), `object ${index}`).toBe(true)
  }
  expect(await harness.pending()).toBe(0)
  // 500 MB are hashed four times over: a busy machine takes longer than for other tests.
}, 120_000)

test('an upload that was aborted after three parts cannot be completed', async () => {
  const key = 'aborted'
  const { uploadId } = await harness.r2.multipart.create({ bucket, key })
  const parts = []
  for (const partNumber of [1, 2, 3]) {
    const { etag } = await harness.r2.multipart.uploadPart({
      bucket,
      key,
      uploadId,
      partNumber,
      body: twelve.subarray(0, partBytes),
    })
    parts.push({ partNumber, etag })
  }
  await harness.r2.multipart.abort({ bucket, key, uploadId })
  await expect(harness.r2.multipart.complete({ bucket, key, uploadId, parts })).rejects.toMatchObject({
    code: 'UploadNotFound',
  })
})

test('a part that is corrupted in transit is detected and sent again', async () => {
  harness.transport.faultOf = ({ name, partNumber, index }) =>
    name === 'UploadPart' && partNumber === 2 && index < 3 ? 'corrupt' : undefined
  await upload(twelve, 'corrupted', inParts)
  expect(harness.transport.count('UploadPart')).toBe(4)
  expect(isEqual(await harness.read('corrupted'), twelve)).toBe(true)
})

test.each([
  ['ETag', { etag: `${'0'.repeat(32)}-3` }],
  ['CRC32', { checksum: { algorithm: 'CRC32', value: 'AAAAAA==-3', type: 'COMPOSITE' } }],
] as const)(
  'a completed object whose %s differs from that of its parts fails with IntegrityMismatch',
  async (what, wrong) => {
    const { multipart } = harness.r2
    const complete = multipart.complete.bind(multipart)
    const spy = vi.spyOn(multipart, 'complete')
    spy.mockImplementation(async (input, options) => ({ ...(await complete(input, options)), ...wrong }))
    try {
      await expect(upload(twelve, 'mixed', inParts)).rejects.toMatchObject({
        code: 'IntegrityMismatch',
        message: expect.stringContaining(what),
      })
    } finally {
      spy.mockRestore()
    }
    expect(await harness.pending()).toBe(0)
  },
)

test('a body that is corrupted in transit in one request is not stored', async () => {
  await upload(Buffer.from('before'), 'kept')
  harness.transport.faultOf = ({ name }) => (name === 'PutObject' ? 'corrupt' : undefined)
  await expect(upload(twelve, 'kept')).rejects.toMatchObject({ code: 'IntegrityMismatch' })
  expect(Buffer.from(await harness.read('kept')).toString()).toBe('before')
})

test('an upload of a slow source reserves no more than its parts', async () => {
  const { createTransferContext, upload: run } = await import('../engine.js')
  const { TransferControl } = await import('../handle/transfer.js')
  const { objects, multipart } = harness.r2
  const clock = { now: Date.now, monotonicMs: () => performance.now(), after: () => ({ cancel: () => undefined }) }
  const client = { objects, multipart, clock, random: Math.random, endpoint: harness.r2.endpoint }
  const context = createTransferContext(client, { memoryBudgetBytes: 3 * partBytes })
  const reserved: number[] = []
  const slow = async function* () {
    for (let sent = 0; sent < 8 * partBytes; sent += partBytes / 8) {
      reserved.push(context.budget.usedBytes)
      await new Promise((resolve) => setImmediate(resolve))
      yield pattern(partBytes / 8, sent + 1)
    }
  }
  await run(context, new TransferControl(clock), slow(), { bucket, key: 'slow' }, inParts)
  expect(Math.max(...reserved)).toBeLessThanOrEqual(3 * partBytes)
  // It holds nothing until its first bytes; after that it is read only while a part is reserved.
  expect(reserved[0]).toBe(0)
  expect(Math.min(...reserved.slice(1))).toBe(partBytes)
  expect(context.budget.usedBytes).toBe(0)
  expect(context.limit.inUse).toBe(0)
})

test('more concurrent short streams than the budget holds do not deadlock', async () => {
  await using narrow = await uploadHarness({ transfers: { memoryBudgetBytes: 2 * partBytes } })
  const each = Array.from({ length: 6 }, (_, index) =>
    narrow.r2.transfers.upload(
      inChunks(pattern(1000, index)),
      { bucket, key: `short-${index}` },
      { partSizeBytes: partBytes },
    ),
  )
  expect((await Promise.all(each)).map(({ size }) => size)).toEqual([1000, 1000, 1000, 1000, 1000, 1000])
})

test('uploads of streams that the same client downloads do not deadlock', async () => {
  await using narrow = await uploadHarness({ transfers: { memoryBudgetBytes: 2 * partBytes } })
  const copies = ['a', 'b', 'c', 'd', 'e']
  await narrow.r2.objects.put({ bucket, key: 'original', body: twelve })
  const each = copies.map((key) => {
    const { body } = narrow.r2.transfers.download({ bucket, key: 'original' }, 'stream')
    return narrow.r2.transfers.upload(body, { bucket, key }, { partSizeBytes: partBytes })
  })
  await Promise.all(each)
  for (const key of copies) expect(isEqual(await narrow.read(key), twelve)).toBe(true)
})

test('a stream with more than maxBytes fails with EntityTooLarge, and the old object stays', async () => {
  const { createTransferContext, upload: run } = await import('../engine.js')
  const { systemClock, TransferControl } = {
    ...(await import('../../base/clock.js')),
    ...(await import('../handle/transfer.js')),
  }
  const { objects, multipart } = harness.r2
  const client = { objects, multipart, clock: systemClock, random: Math.random, endpoint: harness.r2.endpoint }
  const context = createTransferContext(client)
  const limited = { ...context, partLimits: { ...context.partLimits, maxParts: 3 } }
  await upload(Buffer.from('before'), 'overflow')
  for (const [length, fits] of [
    [3 * partBytes, true],
    [3 * partBytes + 1, false],
  ] as const) {
    const control = new TransferControl(systemClock)
    const running = run(
      limited,
      control,
      inChunks(pattern(length)),
      { bucket, key: fits ? 'fits' : 'overflow' },
      inParts,
    )
    if (fits) expect(await running).toMatchObject({ parts: 3 })
    else
      await expect(running).rejects.toMatchObject({
        code: 'EntityTooLarge',
        hint: expect.stringContaining('contentLength'),
      })
    expect(control.meter.snapshot.maxBytes).toBe(3 * partBytes)
  }
  expect(Buffer.from(await harness.read('overflow')).toString()).toBe('before')
  expect(await harness.pending()).toBe(0)
})

test('an invalid source fails with an error that names it', async () => {
  await expect(upload(42 as never, 'x')).rejects.toMatchObject({ code: 'InvalidInput', field: 'source' })
  await expect(upload({ path: join(folder, 'missing') }, 'x')).rejects.toMatchObject({
    code: 'FileUnavailable',
    field: 'source',
    hint: expect.stringContaining('path'),
  })
  await expect(upload({ path: folder }, 'x')).rejects.toMatchObject({ code: 'InvalidInput', field: 'source' })
  await expect(upload(twelve, 'x', { ...inParts, partSizeBytes: 1 })).rejects.toMatchObject({ field: 'partSizeBytes' })
})

test.each([
  ['in parts', inParts],
  ['in one request', {}],
])('a file that changes while it is read fails its upload %s', async (_, options) => {
  const path = join(folder, 'changing')
  await writeFile(path, twelve)
  harness.transport.faultOf = ({ name, partNumber }) =>
    name === 'PutObject' || partNumber === 2
      ? writeFile(path, pattern(twelve.byteLength, 2)).then(() => undefined)
      : undefined
  await expect(upload({ path }, 'changing', options)).rejects.toMatchObject({ code: 'SourceChanged' })
  expect(await harness.pending()).toBe(0)
  await expect(harness.r2.objects.head({ bucket, key: 'changing' })).rejects.toMatchObject({ code: 'ObjectNotFound' })
})

test('the settings of the client apply to uploads that set no options of their own', async () => {
  const transfers = { thresholdBytes: 6_000_000, partSizeBytes: partBytes, initialConcurrency: 1, maxConcurrency: 1 }
  await using own = await uploadHarness({ transfers })
  const partsOf = async (bytes: Uint8Array, options?: UploadOptions) =>
    (await own.r2.transfers.upload(bytes, { bucket, key: 'defaults' }, options)).parts
  expect(await partsOf(twelve)).toBe(3)
  expect(await partsOf(twelve.subarray(0, 5_999_999))).toBe(1)
  expect(await partsOf(twelve, { thresholdBytes: 100_000_000, partSizeBytes: undefined })).toBe(1)
  expect(await partsOf(twelve, { partSizeBytes: 2 * partBytes })).toBe(2)
  expect(await partsOf(twelve, { partSizeBytes: undefined })).toBe(3)
})
