/** CopyObject: sources, metadata directives, and conditions on source and destination. */
import { strict as assert } from 'node:assert'
import { defineSuite, expectError, expectStatus, rejectsWith } from '../case.js'

export const copySuite = defineSuite('copies', '9', {
  'whole-object': {
    sentence: 'CopyObject copies the bytes, the ETag and the metadata of the source',
    async run({ r2, bucket, key }) {
      const from = key('from ü +%')
      await r2.objects.put({ bucket, key: from, body: 'bytes', contentType: 'text/x', metadata: { a: '1' } })
      const copied = await r2.objects.copy({ bucket, key: key('to'), source: { bucket, key: from } })
      const got = await r2.objects.get({ bucket, key: key('to') })
      assert.deepEqual([got.text(), got.contentType, got.metadata], ['bytes', 'text/x', { a: '1' }])
      assert.equal(got.etag, copied.etag)
      assert.equal(copied.lastModified instanceof Date, true)
    },
  },
  replace: {
    sentence: 'CopyObject with REPLACE drops the metadata of the source',
    async run({ r2, bucket, key }) {
      await r2.objects.put({ bucket, key: key('from'), body: 'x', contentType: 'text/x', metadata: { a: '1' } })
      await r2.objects.copy({
        ...{ bucket, key: key('to'), source: { bucket, key: key('from') } },
        ...{ metadataDirective: 'REPLACE', contentType: 'text/y', metadata: { b: '2' } },
      })
      const got = await r2.objects.head({ bucket, key: key('to') })
      assert.deepEqual([got.contentType, got.metadata], ['text/y', { b: '2' }])
    },
  },
  merge: {
    sentence: 'CopyObject with MERGE keeps the metadata of the source and overrides the fields of the request',
    async run({ r2, bucket, key }) {
      const metadata = { a: '1', b: '1' }
      await r2.objects.put({ bucket, key: key('from'), body: 'x', contentType: 'text/x', metadata })
      await r2.objects.copy({
        ...{ bucket, key: key('to'), source: { bucket, key: key('from') } },
        ...{ metadataDirective: 'MERGE', metadata: { b: '2', c: '3' } },
      })
      const got = await r2.objects.head({ bucket, key: key('to') })
      assert.deepEqual([got.contentType, got.metadata], ['text/x', { a: '1', b: '2', c: '3' }])
    },
  },
  'onto-itself': {
    sentence: 'CopyObject can copy an object onto itself without a directive',
    async run({ r2, bucket, key }) {
      await r2.objects.put({ bucket, key: key(), body: 'same', metadata: { a: '1' } })
      await r2.objects.copy({ bucket, key: key(), source: { bucket, key: key() } })
      assert.equal((await r2.objects.get({ bucket, key: key() })).text(), 'same')
    },
  },
  'missing-source': {
    sentence: 'CopyObject returns NoSuchKey for an absent source key and NoSuchBucket for an absent source bucket',
    async run({ raw, path, bucket, key }) {
      const copyFrom = (source: string) =>
        raw({ method: 'PUT', path: path(key()), headers: { 'x-amz-copy-source': source } })
      expectError(await copyFrom(`/${bucket}/absent`), 404, 'NoSuchKey')
      expectError(await copyFrom('/conformance-no-such-bucket/absent'), 404, 'NoSuchBucket')
    },
  },
  'source-forms': {
    sentence: 'a copy source is percent-decoded once, and its leading slash is optional',
    async run({ raw, path, bucket, key }) {
      await raw({ method: 'PUT', path: path(key('a%41b')), body: 'percent' })
      const encoded = encodeURIComponent(key('a%41b'))
      for (const source of [`/${bucket}/${encoded}`, `${bucket}/${encoded}`]) {
        expectStatus(await raw({ method: 'PUT', path: path(key('to')), headers: { 'x-amz-copy-source': source } }), 200)
        assert.equal((await raw({ path: path(key('to')) })).text, 'percent')
      }
    },
  },
  'malformed-source': {
    sentence: 'a copy source without a key and an unknown metadata directive return InvalidArgument',
    async run({ raw, path, bucket, key }) {
      await raw({ method: 'PUT', path: path(key('from')), body: 'x' })
      const put = (headers: Record<string, string>) => raw({ method: 'PUT', path: path(key('to')), headers })
      expectError(await put({ 'x-amz-copy-source': 'nothing-else' }), 400, 'InvalidArgument', 'copy source bucket name')
      const source = `/${bucket}/${encodeURIComponent(key('from'))}`
      expectError(
        await put({ 'x-amz-copy-source': source, 'x-amz-metadata-directive': 'KEEP' }),
        400,
        'InvalidArgument',
      )
    },
  },
  'source-conditions': {
    sentence: 'CopyObject returns 412 if a condition on the source fails, and copies if it holds',
    async run({ r2, bucket, key, nowMs }) {
      const { etag } = await r2.objects.put({ bucket, key: key('from'), body: 'x' })
      const source = { bucket, key: key('from') }
      const copy = (conditions: object) => r2.objects.copy({ bucket, key: key('to'), source, ...conditions })
      const [past, future] = [new Date('2020-01-01T00:00:00Z'), new Date(nowMs() + 3_600_000)]
      await copy({ sourceIfMatch: etag })
      await copy({ sourceIfNoneMatch: 'ffffffffffffffffffffffffffffffff' })
      await copy({ sourceIfModifiedSince: past })
      await copy({ sourceIfUnmodifiedSince: future })
      for (const conditions of [
        { sourceIfMatch: 'ffffffffffffffffffffffffffffffff' },
        { sourceIfNoneMatch: etag },
        { sourceIfModifiedSince: future },
        { sourceIfUnmodifiedSince: past },
      ]) {
        await rejectsWith(copy(conditions), { code: 'PreconditionFailed', status: 412 })
      }
    },
  },
  'destination-conditions': {
    sentence: 'CopyObject evaluates cf-copy-destination-if-none-match and cf-copy-destination-if-match',
    async run({ r2, bucket, key }) {
      await r2.objects.put({ bucket, key: key('from'), body: 'new' })
      const copy = (conditions: object) =>
        r2.objects.copy({ bucket, key: key('to'), source: { bucket, key: key('from') }, ...conditions })
      const { etag } = await copy({ ifNoneMatch: '*' })
      await rejectsWith(copy({ ifNoneMatch: '*' }), { code: 'PreconditionFailed', status: 412 })
      await rejectsWith(copy({ ifMatch: 'ffffffffffffffffffffffffffffffff' }), { code: 'PreconditionFailed' })
      await copy({ ifMatch: etag })
    },
  },
  'rejected-headers': {
    sentence: 'CopyObject returns 501 for S3 headers that R2 does not implement, naming the header and its value',
    async run({ raw, path, bucket, key }) {
      await raw({ method: 'PUT', path: path(key('from')), body: 'x' })
      const source = `/${bucket}/${encodeURIComponent(key('from'))}`
      for (const [name, value] of [
        ['x-amz-tagging-directive', 'COPY'],
        ['x-amz-checksum-algorithm', 'SHA256'],
        ['x-amz-source-expected-bucket-owner', '1'],
      ] as const) {
        const headers = { 'x-amz-copy-source': source, [name]: value }
        const response = await raw({ method: 'PUT', path: path(key('to')), headers })
        expectError(response, 501, 'NotImplemented', `Header '${name}' with value '${value}' not implemented`)
      }
    },
  },
})
