/**
 * Node streams that come to an end before the code that reads them has been loaded. Node resumes the unread output of a child
 * process when the process exits (`stream.resume()`), which discards it.
 */
import { PassThrough } from 'node:stream'
import { type LocalR2, startLocalR2 } from '@r2kit/local'
import { R2Client } from 'r2kit'
import { afterEach, beforeEach, expect, test } from 'vitest'

const bucket = 'photos'
let local: LocalR2
let r2: R2Client
beforeEach(async () => {
  local = await startLocalR2({ memory: true })
  r2 = new R2Client(local)
  await r2.buckets.create({ bucket })
})
afterEach(async () => {
  await r2.dispose()
  await local.close()
})

const ended = (text: string): PassThrough => {
  const stream = new PassThrough()
  stream.end(text)
  return stream
}

test.each(['', 'the output of a child process'])(
  'a first upload stores all of a stream that ends immediately: %j',
  async (text) => {
    const stream = ended(text)
    const transfer = r2.transfers.upload(stream, { bucket, key: 'output' })
    stream.resume()
    await transfer
    expect((await r2.objects.get({ bucket, key: 'output' })).text()).toBe(text)
  },
)

test('a first part keeps the bytes of a stream that ends immediately', async () => {
  const { uploadId } = await r2.multipart.create({ bucket, key: 'output' })
  const fresh = new R2Client(local)
  const stream = ended('part')
  const sent = fresh.multipart.uploadPart({
    bucket,
    key: 'output',
    uploadId,
    partNumber: 1,
    body: stream,
    contentLength: 4,
  })
  stream.resume()
  const { etag } = await sent
  await fresh.multipart.complete({ bucket, key: 'output', uploadId, parts: [{ partNumber: 1, etag }] })
  expect((await fresh.objects.get({ bucket, key: 'output' })).text()).toBe('part')
  await fresh.dispose()
})

test('a stream whose part was rejected before it was read flows again for its owner', async () => {
  const stream = ended('kept')
  await expect(
    r2.multipart.uploadPart({ bucket, key: 'output', uploadId: 'u', partNumber: 0, body: stream, contentLength: 4 }),
  ).rejects.toMatchObject({ code: 'InvalidInput', field: 'partNumber' })
  const chunks: string[] = []
  for await (const chunk of stream) chunks.push(String(chunk))
  expect(chunks.join('')).toBe('kept')
})
