/** ETags of responses that were damaged on their way: an error of the response, never one of the caller's input. */
import type { R2Client } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { fakeClient, type Script } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'

const object = { bucket: 'photos', key: 'cat.jpg' }
const upload = { ...object, uploadId: 'upload' }
const dates = { 'last-modified': 'Fri, 27 Nov 2026 10:00:00 GMT' }

const calls: Readonly<Record<string, (r2: R2Client) => Promise<unknown>>> = {
  put: (r2) => r2.objects.put({ ...object, body: 'x' }),
  uploadPart: (r2) => r2.multipart.uploadPart({ ...upload, partNumber: 1, body: 'x' }),
  head: (r2) => r2.objects.head(object),
  get: (r2) => r2.objects.get(object),
  getStream: (r2) => r2.objects.getStream(object),
  updateWithLock: (r2) => r2.objects.updateWithLock({ ...object, change: () => 'y' }),
  move: (r2) => r2.objects.move({ ...object, key: 'dog.jpg', source: object }),
}
const documentCalls: typeof calls = {
  copy: (r2) => r2.objects.copy({ ...object, source: { ...object, key: 'dog.jpg' } }),
  complete: (r2) => r2.multipart.complete({ ...upload, parts: [{ partNumber: 1, etag: 'e' }] }),
  list: (r2) => r2.objects.list({ bucket: 'photos' }),
  listParts: (r2) => r2.multipart.listParts(upload),
}

const respondsWith =
  (etag: string | undefined): Script =>
  ({ method }) => ({
    headers: { ...dates, 'content-length': '1', ...(etag === undefined ? {} : { etag }) },
    body: method === 'GET' ? 'x' : '',
  })

describe.each(['abc"', '"abc', '"a"b"', '"a b"', '"a\u0001b"'])('an ETag %j of a response', (etag) => {
  test.each(Object.entries(calls))('ends %s with InvalidResponse', async (_, call) => {
    const { r2 } = fakeClient(respondsWith(etag), { retry: { maxAttempts: 1 } })
    expect(await errorOf(call(r2))).toMatchObject({ code: 'InvalidResponse', message: expect.stringContaining('ETag') })
  })

  test.each(Object.entries(documentCalls))('in a document ends %s with InvalidResponse', async (name, call) => {
    if (etag.includes('\u0001')) return
    const fields = `<ETag>${etag.replaceAll('"', '&quot;')}</ETag><LastModified>2026-11-27T10:00:00.000Z</LastModified>`
    const listed = `<Key>k</Key><PartNumber>1</PartNumber><Size>1</Size>${fields}`
    const bodies: Record<string, string> = {
      copy: `<CopyObjectResult>${fields}</CopyObjectResult>`,
      complete: `<CompleteMultipartUploadResult>${fields}</CompleteMultipartUploadResult>`,
      list: `<ListBucketResult><Name>photos</Name><IsTruncated>false</IsTruncated><Contents>${listed}</Contents></ListBucketResult>`,
      listParts: `<ListPartsResult><Bucket>photos</Bucket><Key>k</Key><UploadId>u</UploadId><IsTruncated>false</IsTruncated><Part>${listed}</Part></ListPartsResult>`,
    }
    const { r2 } = fakeClient(() => ({ headers: {}, body: bodies[name] ?? '' }), { retry: { maxAttempts: 1 } })
    expect(await errorOf(call(r2))).toMatchObject({ code: 'InvalidResponse', message: expect.stringContaining('ETag') })
  })
})

describe('a response without an ETag', () => {
  test.each(['put', 'uploadPart', 'updateWithLock', 'move'])('ends %s with InvalidResponse', async (name) => {
    const { r2 } = fakeClient(respondsWith(undefined), { retry: { maxAttempts: 1 } })
    const error = await errorOf(calls[name]?.(r2) ?? Promise.resolve())
    expect(error).toMatchObject({ code: 'InvalidResponse', message: expect.stringContaining('no ETag') })
  })

  test('ends a stream of unknown length with InvalidResponse', async () => {
    const { r2 } = fakeClient(() => ({ headers: dates, body: 'x' }), { retry: { maxAttempts: 1 } })
    const error = await errorOf(r2.objects.getStream(object))
    expect(error).toMatchObject({ code: 'InvalidResponse', message: expect.stringContaining('no ETag') })
  })

  test('is read, where nothing depends on its version', async () => {
    const { r2 } = fakeClient(respondsWith(undefined))
    expect((await r2.objects.get(object)).text()).toBe('x')
  })

  test('ends a download with InvalidResponse', async () => {
    const range = { 'content-range': 'bytes 0-0/1', 'content-length': '1' }
    const { r2, clock } = fakeClient(() => ({ status: 206, headers: { ...dates, ...range }, body: 'x' }), {
      transfers: { noProgressTimeoutMs: 1000 },
      random: () => 0.5,
    })
    const error = await clock.run(errorOf(Promise.resolve(r2.transfers.download(object, 'bytes'))))
    expect(error).toMatchObject({ code: 'InvalidResponse', message: expect.stringContaining('no ETag') })
  })
})
