/** Uploads that resume after a crash of their process. */
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Integrity } from 'r2kit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FaultyTransport } from '#test/support/faulty-transport.js'
import { bucket, partBytes, pattern, type UploadHarness, uploadHarness } from '#test/support/upload-harness.js'
import { checksumOf } from '../../base/checksums/index.js'
import { decodeRecords, encodeRecord, type TransferJournal } from '../journal.js'
import type { UploadOptions, UploadSource } from './options.js'

let harness: UploadHarness
let folder: string
let path: string

beforeAll(async () => {
  harness = await uploadHarness()
})
afterAll(() => harness[Symbol.asyncDispose]())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'r2kit-resume-'))
  path = join(folder, 'source')
  await writeFile(path, bytes)
})
afterEach(async () => {
  harness.transport.faultOf = () => undefined
  harness.transport.seen.length = 0
  await rm(folder, { recursive: true })
})

const bytes = pattern(4 * partBytes + 5)
const key = 'resumed'

const upload = (source: UploadSource, options: UploadOptions, integrity?: Integrity) =>
  harness.r2.transfers.upload(
    source,
    { bucket, key, integrity },
    { thresholdBytes: 1, partSizeBytes: partBytes, ...options },
  )

/** A run that ends as `kill -9` ends it: `parts` parts are stored, nothing else is recorded, and nothing is cleaned up. */
const crashedRun = async (
  source: UploadSource,
  parts: number,
  journal: TransferJournal | string,
  integrity?: Integrity,
): Promise<void> => {
  let arrive: (() => void) | undefined
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve
  })
  harness.transport.faultOf = ({ name, partNumber = 0 }) =>
    name === 'UploadPart' && partNumber > parts
      ? arrived.then(() => ({ status: 403, code: 'AccessDenied' }))
      : undefined
  const onProgress: UploadOptions['onProgress'] = (progress) => {
    if (progress.parts === parts) arrive?.()
  }
  await expect(upload(source, { journal, onFailure: 'keep', onProgress }, integrity)).rejects.toMatchObject({
    code: 'AccessDenied',
  })
  harness.transport.faultOf = () => undefined
  harness.transport.seen.length = 0
}

const sentParts = () =>
  harness.transport.seen.filter(({ name }) => name === 'UploadPart').map(({ partNumber }) => partNumber)

/** The number of parts that the server stores of the one pending upload. */
const arrivedParts = async (): Promise<number> => {
  const [pending] = (await harness.r2.multipart.listUploads({ bucket })).uploads
  if (pending === undefined) return 0
  return (await harness.r2.multipart.listParts({ bucket, key, uploadId: pending.uploadId })).parts.length
}

const memoryJournal = (): TransferJournal & { readonly lines: Map<string, Uint8Array> } => {
  const lines = new Map<string, Uint8Array>()
  return {
    lines,
    read: async (id) => lines.get(id),
    append: async (id, line) => {
      lines.set(id, Buffer.concat([lines.get(id) ?? new Uint8Array(0), line]))
    },
    remove: async (id) => {
      lines.delete(id)
    },
  }
}

for (const reusedParts of ['rehash', 'trust'] as const) {
  test(`a resumed upload sends stored parts only once (${reusedParts}), and removes its journal`, async () => {
    const journal = join(folder, 'journal')
    await crashedRun({ path }, 2, journal)
    const there = await arrivedParts()
    expect(there).toBe(2)
    const transfer = upload({ path }, { journal, reusedParts })
    const result = await transfer
    expect(sentParts()).toHaveLength(5 - there)
    expect(result.resumedBytes).toBe(there * partBytes)
    expect(transfer.progress).toMatchObject({ parts: 5, bytes: bytes.byteLength, resumedBytes: result.resumedBytes })
    expect(Buffer.compare(await harness.read(key), bytes)).toBe(0)
    expect(await readdir(journal)).toEqual([])
    expect(await harness.pending()).toBe(0)
  })
}

test('a failed upload without onFailure aborts its parts and removes its journal', async () => {
  const journal = join(folder, 'journal')
  harness.transport.faultOf = ({ name, partNumber }) =>
    name === 'UploadPart' && partNumber === 4 ? { status: 403, code: 'AccessDenied' } : undefined
  await expect(upload({ path }, { journal })).rejects.toMatchObject({ code: 'AccessDenied' })
  expect(await harness.pending()).toBe(0)
  expect(await readdir(journal)).toEqual([])
})

const ofNoUse: Readonly<Record<string, FaultyTransport['faultOf']>> = {
  SourceChanged: ({ name, partNumber }) =>
    name === 'UploadPart' && partNumber === 3
      ? writeFile(path, pattern(bytes.byteLength, 2)).then(() => undefined)
      : undefined,
  PreconditionFailed: ({ name }) =>
    name === 'CompleteMultipartUpload' ? { status: 412, code: 'PreconditionFailed' } : undefined,
}
test.each(Object.entries(ofNoUse))(
  'parts of an upload that failed with %s are not kept, because the next run could not use them',
  async (code, fault) => {
    const journal = join(folder, 'journal')
    harness.transport.faultOf = fault
    await expect(upload({ path }, { journal, onFailure: 'keep' })).rejects.toMatchObject({ code })
    expect(await harness.pending()).toBe(0)
    expect(await readdir(journal)).toEqual([])
  },
)

test('an exception in onResume fails the upload, which cleans up after both runs', async () => {
  const journal = join(folder, 'journal')
  await crashedRun({ path }, 2, journal)
  const onResume = () => {
    throw new TypeError('a bug of the caller')
  }
  await expect(upload({ path }, { journal, onResume })).rejects.toThrow('a bug of the caller')
  expect(await harness.pending()).toBe(0)
  expect(await readdir(journal)).toEqual([])
})

test('a changed source restarts the upload, or fails it and keeps the earlier run', async () => {
  const journal = memoryJournal()
  await crashedRun({ path }, 2, journal)
  const other = pattern(bytes.byteLength, 2)
  await writeFile(path, other)
  await utimes(path, 1_000_000_000, 1_000_000_000)
  await expect(upload({ path }, { journal, changedSource: 'error' })).rejects.toMatchObject({ code: 'SourceChanged' })
  expect(await harness.pending()).toBe(1)
  const result = await upload({ path }, { journal })
  expect(result.resumedBytes).toBe(0)
  expect(sentParts()).toHaveLength(5)
  expect(Buffer.compare(await harness.read(key), other)).toBe(0)
  expect(await harness.pending()).toBe(0)
})

test('changed bytes of an unchanged size are detected by hashing them again', async () => {
  const journal = memoryJournal()
  await crashedRun(bytes, 2, journal)
  const there = await arrivedParts()
  const changed = bytes.slice()
  changed[7] = (changed[7] ?? 0) ^ 1
  await upload(changed, { journal })
  expect(sentParts()).toHaveLength(5 - there + 1)
  expect(Buffer.compare(await harness.read(key), changed)).toBe(0)
})

test('a part that the journal has lost is recognized by its ETag', async () => {
  const journal = memoryJournal()
  await crashedRun(bytes, 2, journal)
  const there = await arrivedParts()
  for (const [id, lines] of journal.lines) {
    const text = Buffer.from(lines).toString().split('\n')
    journal.lines.set(id, Buffer.from(text.slice(0, 2).join('\n')))
  }
  const { checksum } = await upload(bytes, { journal })
  expect(sentParts()).toHaveLength(5 - there)
  expect(checksum?.algorithm).toBe('CRC32')
  expect(Buffer.compare(await harness.read(key), bytes)).toBe(0)
})

test('a part that differs between journal and server is sent again', async () => {
  const journal = memoryJournal()
  await crashedRun(bytes, 2, journal)
  const [pending] = (await harness.r2.multipart.listUploads({ bucket })).uploads
  // Replaces the stored part.
  await harness.r2.multipart.uploadPart({
    bucket,
    key,
    uploadId: pending?.uploadId ?? '',
    partNumber: 1,
    body: 'other',
  })
  await upload(bytes, { journal })
  expect(sentParts()).toContain(1)
  expect(Buffer.compare(await harness.read(key), bytes)).toBe(0)
})

test('an upload that no longer exists on the server is restarted', async () => {
  const journal = memoryJournal()
  await crashedRun(bytes, 2, journal)
  for (const { uploadId } of (await harness.r2.multipart.listUploads({ bucket })).uploads) {
    await harness.r2.multipart.abort({ bucket, key, uploadId })
  }
  expect((await upload(bytes, { journal })).resumedBytes).toBe(0)
  expect(sentParts()).toHaveLength(5)
  expect(Buffer.compare(await harness.read(key), bytes)).toBe(0)
})

test('a run that crashed between its completion and the removal of its journal sends nothing again', async () => {
  const journal = memoryJournal()
  await upload(bytes, { journal: { ...journal, remove: async () => undefined } })
  harness.transport.seen.length = 0
  const result = await upload(bytes, { journal })
  expect(sentParts()).toEqual([])
  expect(result).toMatchObject({ parts: 5, resumedBytes: bytes.byteLength })
  expect(journal.lines.size).toBe(0)
})

test('an object that an earlier run completed from other bytes is uploaded again', async () => {
  const journal = memoryJournal()
  await upload(bytes, { journal: { ...journal, remove: async () => undefined } })
  const changed = pattern(bytes.byteLength, 3)
  expect((await upload(changed, { journal })).resumedBytes).toBe(0)
  expect(Buffer.compare(await harness.read(key), changed)).toBe(0)
})

test('an upload that is aborted during the look for its earlier run aborts that, too', async () => {
  const journal = memoryJournal()
  await crashedRun(bytes, 2, journal)
  const abort = new AbortController()
  harness.transport.faultOf = ({ name }) => {
    if (name === 'ListParts') abort.abort()
    return undefined
  }
  await expect(upload(bytes, { journal, signal: abort.signal })).rejects.toMatchObject({ code: 'Aborted' })
  expect(await harness.pending()).toBe(0)
  expect(journal.lines.size).toBe(0)
})

test('a journal that cannot be written is a warning, and the upload succeeds', async () => {
  const broken: TransferJournal = {
    read: async () => undefined,
    append: () => Promise.reject(new Error('disk full')),
    remove: () => Promise.reject(new Error('disk full')),
  }
  await upload(bytes, { journal: broken })
  expect(harness.warnings).toContainEqual(expect.stringContaining('journal'))
  expect(Buffer.compare(await harness.read(key), bytes)).toBe(0)
})

test('a resumed upload keeps its part size, whatever the option says', async () => {
  const journal = memoryJournal()
  await crashedRun(bytes, 2, journal)
  const there = await arrivedParts()
  const { parts } = await upload(bytes, { journal, partSizeBytes: 2 * partBytes })
  expect(parts).toBe(5)
  expect(sentParts()).toHaveLength(5 - there)
})

describe.each([true, false])('a journal of version 0.1 (fullObjectChecksum: %s)', (fullObjectChecksum) => {
  const partAt = (partNumber: number) => bytes.subarray((partNumber - 1) * partBytes, partNumber * partBytes)
  const hex = (of: Uint8Array) => Buffer.from(of).toString('hex')

  /** The state that version 0.1 leaves after two of five parts: two parts on the server, and its lines in the journal. */
  const earlierRun = async (): Promise<ReturnType<typeof memoryJournal>> => {
    const checksum = { checksumAlgorithm: 'CRC64NVME', checksumType: 'FULL_OBJECT' } as const
    const { uploadId } = await harness.r2.multipart.create({ bucket, key, ...(fullObjectChecksum && checksum) })
    const fingerprint = { size: String(bytes.byteLength) }
    const lines = [
      encodeRecord({ type: 'upload', uploadId, fullObjectChecksum, partSizeBytes: partBytes, fingerprint }),
    ]
    for (const partNumber of [1, 2]) {
      const body = partAt(partNumber)
      const { etag } = await harness.r2.multipart.uploadPart({
        bucket,
        key,
        uploadId,
        partNumber,
        body,
        integrity: 'none',
      })
      const crc64 = fullObjectChecksum ? { crc64: hex(checksumOf('CRC64NVME', body)) } : {}
      lines.push(encodeRecord({ type: 'part', partNumber, length: partBytes, etag, md5: etag, ...crc64 }))
    }
    const journal = memoryJournal()
    // The ID of the journal follows from endpoint, bucket, key and source; this one has the lines for any of them.
    journal.read = async (id) => journal.lines.get(id) ?? (journal.lines.size === 0 ? Buffer.concat(lines) : undefined)
    harness.transport.seen.length = 0
    return journal
  }

  test.each(['rehash', 'trust'] as const)(
    'resumes its upload with the check that it was created with (%s)',
    async (reusedParts) => {
      const result = await upload(bytes, { journal: await earlierRun(), reusedParts })
      expect(sentParts().sort()).toEqual([3, 4, 5])
      expect(result.resumedBytes).toBe(2 * partBytes)
      const whole = { algorithm: 'CRC64NVME', value: Buffer.from(checksumOf('CRC64NVME', bytes)).toString('base64') }
      if (fullObjectChecksum) expect(result).toMatchObject({ checksum: whole, verifiedBy: 'CRC64NVME' })
      else expect(result.checksum).toBeUndefined()
      expect(Buffer.compare(await harness.read(key), bytes)).toBe(0)
      expect(await harness.pending()).toBe(0)
    },
  )

  test('does not count a part whose bytes differ from those of the source now', async () => {
    const journal = await earlierRun()
    const changed = bytes.slice()
    changed[partBytes + 3] = (changed[partBytes + 3] ?? 0) ^ 4
    const result = await upload(changed, { journal })
    expect(sentParts().sort()).toEqual([2, 3, 4, 5])
    expect(result.resumedBytes).toBe(partBytes)
    expect(Buffer.compare(await harness.read(key), changed)).toBe(0)
  })
})

test('the journal records the check of an upload, and the checksum of each part', async () => {
  const journal = memoryJournal()
  await crashedRun(bytes, 2, journal)
  const [lines = new Uint8Array(0)] = journal.lines.values()
  const [start, ...parts] = decodeRecords(lines)
  expect(start).toMatchObject({ type: 'upload', algorithm: 'CRC32', isDeclared: true, partSizeBytes: partBytes })
  expect(parts).toHaveLength(2)
  for (const part of parts) {
    const at = (Number(part.partNumber) - 1) * partBytes
    const checksum = Buffer.from(checksumOf('CRC32', bytes.subarray(at, at + partBytes))).toString('base64')
    expect(part).toMatchObject({ type: 'part', length: partBytes, checksum, verifiedBy: 'CRC32' })
  }
  await upload(bytes, { journal })
})

test.each([
  ['crc32', 'CRC32'],
  ['crc32c', 'CRC32C'],
  ['crc64nvme', 'CRC64NVME'],
  ['md5', 'etag'],
] as const)(
  'an upload that began with %s resumes with it, whatever the next run asks for',
  async (integrity, verifiedBy) => {
    const journal = memoryJournal()
    await crashedRun(bytes, 2, journal, integrity)
    const result = await upload(bytes, { journal })
    expect(result.resumedBytes).toBe(2 * partBytes)
    expect(result.verifiedBy).toBe(verifiedBy)
    expect(Buffer.compare(await harness.read(key), bytes)).toBe(0)
  },
)

test('an upload that began with another check starts again for a checksum of all bytes that the caller asks for', async () => {
  const journal = memoryJournal()
  await crashedRun(bytes, 2, journal)
  const checksum = {
    algorithm: 'CRC64NVME',
    value: Buffer.from(checksumOf('CRC64NVME', bytes)).toString('base64'),
  } as const
  const options = { thresholdBytes: 1, partSizeBytes: partBytes, journal, onFailure: 'keep' } as const
  const result = await harness.r2.transfers.upload(bytes, { bucket, key, checksum }, options)
  expect(result).toMatchObject({ checksum, resumedBytes: 0 })
  expect(await harness.pending()).toBe(0)
})
