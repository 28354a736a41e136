/** Operations that the client composes of several requests: exists, move, deletePrefix, and lists over all pages. */
import { strict as assert } from 'node:assert'
import { type Context, defineSuite, rejectsWith } from '../case.js'

const keysOf = async ({ r2, bucket }: Context, prefix: string): Promise<string[]> => {
  const keys: string[] = []
  for await (const { key } of r2.objects.listAll({ bucket, prefix })) keys.push(key)
  return keys
}

export const composedSuite = defineSuite('composed', '9', {
  exists: {
    sentence: 'exists is true for an object, and false for an absent one',
    async run({ r2, bucket, key }) {
      await r2.objects.put({ bucket, key: key(), body: '' })
      assert.equal(await r2.objects.exists({ bucket, key: key() }), true)
      assert.equal(await r2.objects.exists({ bucket, key: key('absent') }), false)
    },
  },
  move: {
    sentence: 'a move keeps bytes, ETag, content type and metadata, and removes the source',
    async run(context) {
      const { r2, bucket, key } = context
      const [from, to] = [key('from'), key('to')]
      const { etag } = await r2.objects.put({
        bucket,
        key: from,
        body: 'hello',
        contentType: 'text/x-test',
        cacheControl: 'no-store',
        metadata: { owner: 'ü' },
      })
      const moved = await r2.objects.move({ source: { bucket, key: from }, bucket, key: to })
      assert.deepEqual([moved.etag, moved.size], [etag, 5])
      const found = await r2.objects.get({ bucket, key: to })
      assert.deepEqual(
        [found.text(), found.contentType, found.cacheControl, found.metadata],
        ['hello', 'text/x-test', 'no-store', { owner: 'ü' }],
      )
      assert.equal(await r2.objects.exists({ bucket, key: from }), false)
      await rejectsWith(r2.objects.move({ source: { bucket, key: from }, bucket, key: to }), { code: 'ObjectNotFound' })
    },
  },
  'move-of-parts': {
    sentence: 'an object of several parts is moved whole',
    async run({ r2, bucket, key }) {
      const [from, to] = [key('from'), key('to')]
      const { uploadId } = await r2.multipart.create({ bucket, key: from })
      const sizes = [5 * 1024 * 1024, 3]
      const parts = await Promise.all(
        sizes.map((size, index) =>
          r2.multipart.uploadPart({ bucket, key: from, uploadId, partNumber: index + 1, body: new Uint8Array(size) }),
        ),
      )
      const numbered = parts.map(({ etag }, index) => ({ partNumber: index + 1, etag }))
      await r2.multipart.complete({ bucket, key: from, uploadId, parts: numbered })
      const { size } = await r2.objects.move({ source: { bucket, key: from }, bucket, key: to })
      assert.deepEqual([size, (await r2.objects.head({ bucket, key: to })).size], [5_242_883, 5_242_883])
      assert.equal(await r2.objects.exists({ bucket, key: from }), false)
    },
  },
  'move-condition': {
    sentence: 'a move keeps the source where its source has another ETag than the one required',
    async run({ r2, bucket, key }) {
      const source = { bucket, key: key('from') }
      await r2.objects.put({ ...source, body: 'hello' })
      const move = r2.objects.move({ source, bucket, key: key('to'), sourceIfMatch: 'f'.repeat(32) })
      await rejectsWith(move, { code: 'PreconditionFailed' })
      assert.equal(await r2.objects.exists(source), true)
    },
  },
  'delete-prefix': {
    sentence: 'deletePrefix deletes the objects below a prefix, and no others',
    async run(context) {
      const { r2, bucket, key } = context
      for (const name of ['a/1', 'a/2', 'a/b/3', 'a0', 'b']) await r2.objects.put({ bucket, key: key(name), body: '' })
      const planned = await r2.objects.deletePrefix({ bucket, prefix: key('a/') }, { dryRun: true })
      assert.equal(planned.deletedCount, 3)
      const { deletedCount, failedCount } = await r2.objects.deletePrefix({ bucket, prefix: key('a/') })
      assert.deepEqual([deletedCount, failedCount], [3, 0])
      assert.deepEqual(await keysOf(context, key('')), [key('a0'), key('b')])
    },
  },
  'all-parts': {
    sentence: 'a list of all parts continues over its pages, and from a marker',
    async run({ r2, bucket, key }) {
      const upload = await r2.multipart.create({ bucket, key: key() })
      const address = { bucket, key: key(), uploadId: upload.uploadId }
      for (const partNumber of [1, 2, 3, 5]) await r2.multipart.uploadPart({ ...address, partNumber, body: 'x' })
      const numbersFrom = async (partNumberMarker?: number) =>
        (await r2.multipart.listAllParts({ ...address, pageSize: 2, partNumberMarker }).collect(100)).map(
          ({ partNumber }) => partNumber,
        )
      assert.deepEqual(await numbersFrom(), [1, 2, 3, 5])
      assert.deepEqual(await numbersFrom(2), [3, 5])
      await r2.multipart.abort(address)
    },
  },
  'all-uploads': {
    sentence: 'a list of all uploads continues over its pages',
    async run({ r2, bucket, key }) {
      const keys = ['a', 'b', 'c'].map((name) => key(name))
      const uploads = await Promise.all(keys.map((name) => r2.multipart.create({ bucket, key: name })))
      const found = await r2.multipart.listAllUploads({ bucket, prefix: key(''), pageSize: 2 }).collect(100)
      assert.deepEqual(
        found.map((upload) => upload.key),
        keys,
      )
      for (const [index, { uploadId }] of uploads.entries())
        await r2.multipart.abort({ bucket, key: keys[index] ?? '', uploadId })
    },
  },
})
