import { describe, expect, test } from 'vitest'
import {
  bytesAt,
  bytesOf,
  chunksOf,
  modes,
  newBucket,
  objectOf,
  putBytes,
  readAll,
  uploadOf,
} from '#test/support/storage-fixtures.js'
import { BucketGone, ContentGone, joinContent, StorageClosed } from './index.js'

/** Around every boundary: empty, inline, the inline limit, one block, several read buffers. */
const sizes = [0, 1, 131_071, 131_072, 131_073, 262_144, 262_145, 3_000_001]
const large = 300_000

describe.each(modes)('storage $name', ({ open }) => {
  test('returns objects of any size unchanged, whole and by ranges', async () => {
    await using storage = await open()
    await newBucket(storage)
    for (const size of sizes) {
      const bytes = bytesOf(size, size)
      const { content } = await putBytes(storage, `k${size}`, bytes)
      expect(content.size).toBe(size)
      expect((await bytesAt(storage, `k${size}`))?.equals(bytes)).toBe(true)
      for (const [offset, length] of [
        [0, Math.min(size, 10)],
        [Math.floor(size / 2), Math.ceil(size / 2)],
        [Math.max(size - 1, 0), Math.min(size, 1)],
      ] as const) {
        const range = await readAll(storage.read(content, { offset, length }))
        expect(range.equals(bytes.subarray(offset, offset + length))).toBe(true)
      }
    }
  })

  test('keeps every field of a record, including metadata named __proto__', async () => {
    await using storage = await open()
    await newBucket(storage)
    const record = {
      ...objectOf({ size: 0, pieces: [] }, 'abc-2'),
      httpMetadata: { contentType: 'text/ü', expires: 'never' },
      metadata: JSON.parse('{"__proto__":"own","näme":"wärt"}'),
      checksum: { algorithm: 'SHA256', value: 'x==-2', type: 'COMPOSITE' },
      partSizes: [3, 2],
    } as const
    await storage.putObject('b', 'k', () => record)
    expect(storage.getObject('b', 'k')).toEqual(record)
    expect(Object.keys(storage.getObject('b', 'k')?.metadata ?? {})).toContain('__proto__')
  })

  test('creates a bucket once, updates it, lists it by name, and deletes it only when empty', async () => {
    await using storage = await open()
    expect(await newBucket(storage, 'b2')).toBe('created')
    expect(await newBucket(storage, 'b2')).toBe('exists')
    await newBucket(storage, 'b10')
    await newBucket(storage, 'a')
    expect([...storage.listBuckets({})].map(({ name }) => name)).toEqual(['a', 'b10', 'b2'])
    expect([...storage.listBuckets({ prefix: 'b', startAfter: 'b10' })].map(({ name }) => name)).toEqual(['b2'])
    await storage.updateBucket('a', (bucket) => ({ ...bucket, location: 'WEUR' }))
    expect(storage.getBucket('a')?.location).toBe('WEUR')
    expect(await storage.updateBucket('none', (bucket) => bucket)).toBeUndefined()
    await putBytes(storage, 'k', bytesOf(1, 1), 'b2')
    expect(await storage.deleteBucket('b2')).toBe('not-empty')
    expect(await storage.deleteBucket('b10')).toBe('deleted')
    expect(await storage.deleteBucket('b10')).toBe('missing')
  })

  test('deletes a bucket together with its unfinished uploads', async () => {
    await using storage = await open()
    await newBucket(storage)
    await storage.createUpload(uploadOf('k', 'u'))
    expect(await storage.deleteBucket('b')).toBe('deleted')
    await newBucket(storage)
    expect(storage.getUpload('b', 'k', 'u')).toBeUndefined()
  })

  test('rejects a put into a bucket that does not exist', async () => {
    await using storage = await open()
    await expect(putBytes(storage, 'k', bytesOf(1, 1))).rejects.toThrow(BucketGone)
    await expect(storage.createUpload(uploadOf('k', 'u'))).rejects.toThrow(BucketGone)
  })

  test('changes nothing if a decision throws', async () => {
    await using storage = await open()
    await newBucket(storage)
    await putBytes(storage, 'k', bytesOf(large, 1))
    const put = storage.putObject('b', 'k', (current) => {
      throw new Error(`there is ${current?.etag}`)
    })
    await expect(put).rejects.toThrow('there is etag')
    expect((await bytesAt(storage, 'k'))?.equals(bytesOf(large, 1))).toBe(true)
  })

  test('exactly one of many concurrent puts succeeds if each requires that the object does not exist', async () => {
    await using storage = await open()
    await newBucket(storage)
    const attempts = Array.from({ length: 20 }, (_, index) =>
      storage.putObject('b', 'k', (current) => {
        if (current !== undefined) throw new Error('present')
        return objectOf({ size: 0, pieces: [] }, String(index))
      }),
    )
    const outcomes = await Promise.allSettled(attempts)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('a pending read returns all bytes of an object that is replaced and deleted meanwhile', async () => {
    await using storage = await open()
    await newBucket(storage)
    const bytes = bytesOf(2_000_000, 1)
    const { content } = await putBytes(storage, 'k', bytes)
    const notStarted = storage.read(content)
    const started = storage.read(content)[Symbol.asyncIterator]()
    const first = await started.next()
    await putBytes(storage, 'k', bytesOf(large, 2))
    await storage.deleteObjects('b', ['k'])
    const rest: Uint8Array[] = [first.value]
    for (let step = await started.next(); step.done !== true; step = await started.next()) rest.push(step.value)
    expect(Buffer.concat(rest).equals(bytes)).toBe(true)
    expect((await readAll(notStarted)).equals(bytes)).toBe(true)
    expect(() => storage.share(content)).toThrow(ContentGone)
  })

  test('a copy of a range shares the bytes and outlives its source', async () => {
    await using storage = await open()
    await newBucket(storage)
    for (const size of [1_000, large]) {
      const bytes = bytesOf(size, size)
      const { content } = await putBytes(storage, 'source', bytes)
      const shared = storage.share(content, { offset: 10, length: size - 20 })
      await storage.deleteObjects('b', ['source'])
      await storage.putObject('b', 'copy', () => objectOf(shared.content))
      expect((await bytesAt(storage, 'copy'))?.equals(bytes.subarray(10, size - 10))).toBe(true)
    }
  })

  test('an object copied onto itself keeps its bytes', async () => {
    await using storage = await open()
    await newBucket(storage)
    const { content } = await putBytes(storage, 'k', bytesOf(large, 1))
    const shared = storage.share(content)
    await storage.putObject('b', 'k', () => objectOf(shared.content, 'new'))
    await shared.discard()
    expect((await bytesAt(storage, 'k'))?.equals(bytesOf(large, 1))).toBe(true)
  })

  test('a record cannot reference bytes that were discarded or deleted', async () => {
    await using storage = await open()
    await newBucket(storage)
    const staged = await storage.stage(chunksOf(bytesOf(large, 1)))
    await staged.discard()
    await expect(storage.putObject('b', 'k', () => objectOf(staged.content))).rejects.toThrow(ContentGone)
    const { content } = await putBytes(storage, 'k', bytesOf(large, 1))
    await storage.deleteObjects('b', ['k'])
    await expect(storage.putObject('b', 'k', () => objectOf(content))).rejects.toThrow(ContentGone)
  })

  test('stage rejects with the error of its source', async () => {
    await using storage = await open()
    const failing = async function* () {
      yield bytesOf(2_000_000, 1)
      throw new Error('connection lost')
    }
    await expect(storage.stage(failing())).rejects.toThrow('connection lost')
  })

  test('deleteObjects keeps objects for which the decision returns false, and accepts missing and repeated keys', async () => {
    await using storage = await open()
    await newBucket(storage)
    for (const key of ['a', 'b', 'c']) await putBytes(storage, key, bytesOf(large, 1))
    await storage.deleteObjects('b', ['a', 'a', 'none', 'b'], (key) => key !== 'b')
    expect(storage.listObjects('b', { limit: 10 }).entries.map((entry) => 'key' in entry && entry.key)).toEqual([
      'b',
      'c',
    ])
  })

  test('a completed upload consists of the selected parts in order, and the other parts are removed', async () => {
    await using storage = await open()
    await newBucket(storage)
    const upload = uploadOf('k', 'u')
    await storage.createUpload(upload)
    const put = async (partNumber: number, bytes: Uint8Array) => {
      const staged = await storage.stage(chunksOf(bytes))
      const part = { partNumber, content: staged.content, etag: `e${partNumber}`, lastModifiedMs: 1 }
      expect(await storage.putPart(upload, part)).toBe(true)
    }
    await put(10, bytesOf(500, 10))
    await put(2, bytesOf(large, 3))
    await put(2, bytesOf(large, 2))
    await put(7, bytesOf(large, 7))
    expect(storage.listParts(upload).map(({ partNumber }) => partNumber)).toEqual([2, 7, 10])
    const page = storage.listParts(upload, { partNumberMarker: 2, limit: 1 })
    expect(page.map(({ partNumber }) => partNumber)).toEqual([7])
    const completed = await storage.completeUpload(upload, (parts, current) => {
      expect(current).toBeUndefined()
      return objectOf(joinContent(parts.filter(({ partNumber }) => partNumber !== 7).map(({ content }) => content)))
    })
    expect(completed).not.toBe('destroy')
    expect((await bytesAt(storage, 'k'))?.equals(Buffer.concat([bytesOf(large, 2), bytesOf(500, 10)]))).toBe(true)
    expect(storage.listParts(upload)).toEqual([])
    expect(await storage.completeUpload(upload, () => 'destroy')).toBeUndefined()
    expect(await storage.abortUpload(upload)).toBe(false)
    const late = await storage.stage(chunksOf(bytesOf(large, 1)))
    const part = { partNumber: 1, content: late.content, etag: 'e', lastModifiedMs: 1 }
    expect(await storage.putPart(upload, part)).toBe(false)
  })

  test('a completion whose decision is destroy aborts the upload and keeps the object', async () => {
    await using storage = await open()
    await newBucket(storage)
    await putBytes(storage, 'k', bytesOf(3, 3))
    await storage.createUpload(uploadOf('k', 'u'))
    expect(await storage.completeUpload(uploadOf('k', 'u'), () => 'destroy')).toBe('destroy')
    expect(storage.getUpload('b', 'k', 'u')).toBeUndefined()
    expect(storage.getObject('b', 'k')?.content.size).toBe(3)
  })

  test('lists uploads by key and ID, in pages, with common prefixes, for keys with NUL too', async () => {
    await using storage = await open()
    await newBucket(storage)
    const all = [
      ['a', '1'],
      ['a', '2'],
      ['a\0b', '0'],
      ['dir/x', '1'],
      ['dir/y', '1'],
      ['z', '1'],
    ] as const
    for (const [key, id] of all.toReversed()) await storage.createUpload(uploadOf(key, id))
    const listNames = (query: { delimiter?: string }, limit: number) => {
      const seen: string[] = []
      for (let marker = {}; ; ) {
        const page = storage.listUploads('b', { ...query, ...marker, limit })
        for (const entry of page.entries)
          seen.push('upload' in entry ? `${entry.upload.key} ${entry.upload.uploadId}` : entry.commonPrefix)
        if (page.next === undefined) return seen
        marker = page.next
      }
    }
    for (const limit of [1, 2, 10]) {
      expect(listNames({}, limit)).toEqual(all.map((names) => names.join(' ')))
      expect(listNames({ delimiter: '/' }, limit)).toEqual(['a 1', 'a 2', 'a\0b 0', 'dir/', 'z 1'])
    }
    const afterKey = storage.listUploads('b', { keyMarker: 'a', limit: 1 })
    expect(afterKey.entries).toMatchObject([{ upload: { key: 'a\0b' } }])
  })

  test('a page with limit 0 shows whether there are any entries', async () => {
    await using storage = await open()
    await newBucket(storage)
    expect(storage.listObjects('b', { limit: 0 }).next).toBeUndefined()
    await putBytes(storage, 'k', bytesOf(1, 1))
    expect(storage.listObjects('b', { limit: 0 })).toEqual({ entries: [], next: '' })
  })

  test('close waits for writes in flight, and later calls are rejected', async () => {
    await using storage = await open()
    await newBucket(storage)
    const tooLate = expect(putBytes(storage, 'k', bytesOf(1, 1))).rejects.toThrow(StorageClosed)
    const staging = storage.stage(chunksOf(bytesOf(large, 1)))
    const order: string[] = []
    const noting = (name: string) => () => order.push(name)
    await Promise.all([staging.then(noting('staged')), storage.close().then(noting('closed'))])
    expect(order).toEqual(['staged', 'closed'])
    await tooLate
    await expect(newBucket(storage)).rejects.toThrow(StorageClosed)
    await expect(storage.stage(chunksOf(bytesOf(1, 1)))).rejects.toThrow(StorageClosed)
  })
})
