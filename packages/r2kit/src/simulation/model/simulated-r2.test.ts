import { R2Client } from 'r2kit'
import { beforeEach, expect, test } from 'vitest'
import { testCredentials } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { SimulatedR2 } from './simulated-r2.js'

const bucket = 'photos'
let model: SimulatedR2
let r2: R2Client
beforeEach(() => {
  const clock = new VirtualClock()
  model = new SimulatedR2(clock, [bucket])
  r2 = new R2Client({ endpoint: 'https://r2.test', credentials: testCredentials, transport: model, clock })
})

test('an object comes back with the bytes and the description that it was stored with', async () => {
  await r2.objects.put({ bucket, key: 'größe/1', body: 'one', contentType: 'text/plain', metadata: { title: 'Größe' } })
  const object = await r2.objects.get({ bucket, key: 'größe/1' })
  expect(object).toMatchObject({ contentType: 'text/plain', metadata: { title: 'Größe' }, size: 3 })
  expect(object.text()).toBe('one')
  expect(model.object(bucket, 'größe/1')?.etag).toBe(object.etag)
})

test('ranges, suffixes and streams are parts of the same bytes', async () => {
  await r2.objects.put({ bucket, key: 'a', body: '0123456789' })
  expect((await r2.objects.get({ bucket, key: 'a', range: { offset: 2, length: 3 } })).text()).toBe('234')
  expect((await r2.objects.get({ bucket, key: 'a', range: { suffix: 2 } })).text()).toBe('89')
  const { body } = await r2.objects.getStream({ bucket, key: 'a' })
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  expect(Buffer.concat(chunks).toString()).toBe('0123456789')
})

test('conditions decide by the object that is there', async () => {
  const { etag } = await r2.objects.put({ bucket, key: 'a', body: 'one', ifNoneMatch: '*' })
  expect(await errorOf(r2.objects.put({ bucket, key: 'a', body: 'two', ifNoneMatch: '*' }))).toMatchObject({
    code: 'PreconditionFailed',
  })
  await r2.objects.put({ bucket, key: 'a', body: 'two', ifMatch: etag })
  expect(await errorOf(r2.objects.put({ bucket, key: 'a', body: 'three', ifMatch: etag }))).toMatchObject({
    code: 'PreconditionFailed',
  })
  expect((await r2.objects.get({ bucket, key: 'a' })).text()).toBe('two')
})

test('a multipart upload becomes an object, and is gone after its completion', async () => {
  const bytes = new Uint8Array(6 * 1024 * 1024).map((_, index) => index % 251)
  await r2.transfers.upload(
    bytes,
    { bucket, key: 'film', metadata: { a: 'b' } },
    { thresholdBytes: 1, partSizeBytes: 5 * 1024 * 1024 },
  )
  expect(Buffer.compare(model.object(bucket, 'film')?.bytes ?? new Uint8Array(0), bytes)).toBe(0)
  expect(model.object(bucket, 'film')?.description).toEqual({ 'x-amz-meta-a': 'b' })
  expect(model.uploads.size).toBe(0)
})

test('lists page through the keys in order, and deletions remove them', async () => {
  for (const key of ['c', 'a b', 'b/é']) await r2.objects.put({ bucket, key, body: key })
  const listed: string[] = []
  for await (const { key } of r2.objects.listAll({ bucket })) listed.push(key)
  expect(listed).toEqual(['a b', 'b/é', 'c'])
  await r2.objects.deleteObjects({ bucket, keys: listed })
  expect(model.buckets.get(bucket)?.size).toBe(0)
})

test('a copy keeps or replaces the description', async () => {
  await r2.objects.put({ bucket, key: 'a', body: 'one', contentType: 'text/plain' })
  await r2.objects.copy({ bucket, key: 'b', source: { bucket, key: 'a' } })
  await r2.objects.copy({
    bucket,
    key: 'c',
    source: { bucket, key: 'a' },
    metadataDirective: 'REPLACE',
    contentType: 'text/css',
  })
  expect((await r2.objects.head({ bucket, key: 'b' })).contentType).toBe('text/plain')
  expect((await r2.objects.head({ bucket, key: 'c' })).contentType).toBe('text/css')
})

test('changes are reported in order', async () => {
  const changes: unknown[] = []
  model.onChange = ({ key, object }) => changes.push([key, object?.bytes.length])
  await r2.objects.put({ bucket, key: 'a', body: 'one' })
  await r2.objects.delete({ bucket, key: 'a' })
  await r2.objects.delete({ bucket, key: 'a' })
  expect(changes).toEqual([
    ['a', 3],
    ['a', undefined],
  ])
})

test('a delimiter groups keys into common prefixes, which count as entries of a page', async () => {
  for (const key of ['a', 'b/1', 'b/2', 'c/', 'd', '\uff5e', '\u{1f600}'])
    await r2.objects.put({ bucket, key, body: key })
  const first = await r2.objects.list({ bucket, delimiter: '/', maxKeys: 2 })
  expect([first.objects.map(({ key }) => key), first.commonPrefixes]).toEqual([['a'], ['b/']])
  const second = await r2.objects.list({ bucket, delimiter: '/', continuationToken: first.nextContinuationToken ?? '' })
  // In the order of UTF-8 bytes, in which the emoji is last.
  expect([second.objects.map(({ key }) => key), second.commonPrefixes]).toEqual([['d', '\uff5e', '\u{1f600}'], ['c/']])
  expect(second.nextContinuationToken).toBeUndefined()
  const below = await r2.objects.list({ bucket, prefix: 'b/', delimiter: '/' })
  expect(below.objects.map(({ key }) => key)).toEqual(['b/1', 'b/2'])
})

test('a part can be copied from a range of another object', async () => {
  await r2.objects.put({ bucket, key: 'a', body: '0123456789' })
  const target = { bucket, key: 'b' }
  const { uploadId } = await r2.multipart.create(target)
  const copied = {
    ...target,
    uploadId,
    partNumber: 1,
    source: { bucket, key: 'a' },
    sourceRange: { offset: 2, length: 3 },
  }
  const part = await r2.multipart.uploadPartCopy(copied)
  await r2.multipart.complete({ ...target, uploadId, parts: [{ partNumber: 1, etag: part.etag }] })
  expect((await r2.objects.get(target)).text()).toBe('234')
})

test('completing with parts below 5 MiB is refused, as R2 does', async () => {
  const target = { bucket, key: 'a' }
  const { uploadId } = await r2.multipart.create(target)
  const parts = []
  for (const partNumber of [1, 2]) {
    parts.push({
      partNumber,
      etag: (await r2.multipart.uploadPart({ ...target, uploadId, partNumber, body: 'x' })).etag,
    })
  }
  expect(await errorOf(r2.multipart.complete({ ...target, uploadId, parts }))).toMatchObject({ code: 'PartTooSmall' })
})

test('a copy under a condition on its source is refused when the source has changed', async () => {
  await r2.objects.put({ bucket, key: 'a', body: 'one' })
  const copying = r2.objects.copy({ bucket, key: 'b', source: { bucket, key: 'a' }, sourceIfMatch: 'another' })
  expect(await errorOf(copying)).toMatchObject({ code: 'PreconditionFailed' })
})
