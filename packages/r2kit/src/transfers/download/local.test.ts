/** Downloads from a local R2 in memory, over real sockets. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bucket, partBytes, pattern, type UploadHarness, uploadHarness } from '#test/support/upload-harness.js'

let harness: UploadHarness
let folder: string
const twelve = pattern(12_000_000)

beforeAll(async () => {
  harness = await uploadHarness()
  folder = await mkdtemp(join(tmpdir(), 'r2kit-download-'))
  const { r2 } = harness
  await r2.objects.put({ bucket, key: 'put', body: twelve })
  await r2.objects.put({ bucket, key: 'put-without-checksum', body: twelve, integrity: 'md5' })
  await r2.transfers.upload(twelve, { bucket, key: 'parts' }, { thresholdBytes: 1, partSizeBytes: partBytes })
  const inParts = { thresholdBytes: 1, partSizeBytes: partBytes }
  await r2.transfers.upload(twelve, { bucket, key: 'whole-checksum', integrity: 'crc64nvme' }, inParts)
  const { uploadId } = await r2.multipart.create({ bucket, key: 'plain-parts' })
  const first = await r2.multipart.uploadPart({
    bucket,
    key: 'plain-parts',
    uploadId,
    partNumber: 1,
    body: twelve.subarray(0, 6_000_000),
  })
  const second = await r2.multipart.uploadPart({
    bucket,
    key: 'plain-parts',
    uploadId,
    partNumber: 2,
    body: twelve.subarray(6_000_000),
  })
  const parts = [
    { partNumber: 1, etag: first.etag },
    { partNumber: 2, etag: second.etag },
  ]
  await r2.multipart.complete({ bucket, key: 'plain-parts', uploadId, parts })
})
afterAll(async () => {
  await harness[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

test.each([
  // An object that arrives in one range is verified by the ETag that comes with it.
  ['put', expect.stringMatching(/^(CRC32|etag)$/)],
  ['put-without-checksum', 'etag'],
  ['parts', 'CRC32'],
  ['whole-checksum', 'CRC64NVME'],
  ['plain-parts', 'etag'],
])('the object %s is downloaded byte for byte to bytes, stream and file, verified', async (key, verifiedBy) => {
  const { transfers } = harness.r2
  for (const rangeSizeBytes of [999_983, 20_000_000]) {
    const options = { rangeSizeBytes }
    const bytes = await transfers.download({ bucket, key }, 'bytes', options)
    expect(Buffer.compare(bytes.body, twelve)).toBe(0)
    const stream = transfers.download({ bucket, key }, 'stream', options)
    const chunks: Uint8Array[] = []
    for await (const chunk of stream.body) chunks.push(chunk)
    expect(Buffer.compare(Buffer.concat(chunks), twelve)).toBe(0)
    const path = join(folder, 'file')
    const file = await transfers.download({ bucket, key }, { path }, { ...options, fsync: true })
    expect(Buffer.compare(await readFile(path), twelve)).toBe(0)
    for (const result of [bytes, await stream, file]) expect(result).toMatchObject({ size: 12_000_000, verifiedBy })
  }
  expect(await readdir(folder)).toEqual(['file'])
})

test('a download of an object that is overwritten meanwhile fails, and leaves no file', async () => {
  const { r2 } = harness
  const path = join(folder, 'changed')
  await r2.objects.put({ bucket, key: 'changing', body: twelve })
  let isChanged = false
  const onProgress = ({ parts }: { parts: number }) => {
    if (parts !== 1 || isChanged) return
    isChanged = true
    download.pause()
    void r2.objects.put({ bucket, key: 'changing', body: twelve.subarray(1) }).then(() => download.resume())
  }
  const download = r2.transfers.download(
    { bucket, key: 'changing' },
    { path },
    { rangeSizeBytes: 100_000, onProgress, journal: join(folder, 'journal') },
  )
  await expect(download.then((done) => done)).rejects.toMatchObject({ code: 'ObjectChanged', bucket, key: 'changing' })
  expect(isChanged).toBe(true)
  expect((await readdir(folder)).filter((name) => name.includes('changed'))).toEqual([])
})
