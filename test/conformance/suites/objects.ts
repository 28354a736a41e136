/** Objects: put, get, head and delete, with every kind of body, metadata and storage class. */
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { defineSuite, expectError, expectStatus, rejectsWith } from '../case.js'
import { elementTexts } from '../raw.js'

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const md5 = (bytes: string | Uint8Array) => createHash('md5').update(bytes).digest('hex')
const patterned = (size: number) => Uint8Array.from({ length: size }, (_, index) => (index * 7 + (index >> 8)) & 0xff)
const emptyEtag = 'd41d8cd98f00b204e9800998ecf8427e'

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size)
}

const deleteDocument = (keys: readonly string[], quiet?: string) =>
  `<Delete>${quiet === undefined ? '' : `<Quiet>${quiet}</Quiet>`}${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('')}</Delete>`

export const objectSuite = defineSuite('objects', '9', {
  'put-and-get': {
    sentence: 'GET returns the bytes of PUT, and the ETag is their MD5',
    async run({ r2, bucket, key }) {
      const body = patterned(70_001)
      const put = await r2.objects.put({ bucket, key: key(), body })
      assert.equal(put.etag, md5(body))
      const got = await r2.objects.get({ bucket, key: key() })
      assert.deepEqual(Buffer.from(got.body), Buffer.from(body))
      assert.equal(got.etag, md5(body))
      assert.equal(got.size, body.length)
    },
  },
  'body-kinds': {
    sentence: 'every kind of body stores the same object',
    async run({ r2, bucket, key }) {
      const bytes = new TextEncoder().encode('the same bytes in every kind of body: äöü')
      const bodies = {
        string: new TextDecoder().decode(bytes),
        bytes,
        buffer: bytes.slice().buffer,
        blob: new Blob([bytes]),
        stream: new Blob([bytes]).stream(),
        iterable: inPieces(bytes, 5),
      }
      for (const [name, body] of Object.entries(bodies)) {
        await r2.objects.put({ bucket, key: key(name), body, contentLength: bytes.length })
        assert.equal((await r2.objects.get({ bucket, key: key(name) })).etag, md5(bytes), name)
      }
    },
  },
  'empty-objects': {
    sentence: 'an empty object, put as bytes or as a stream, has the length 0 and the MD5 of no bytes as its ETag',
    requirement: '5.1',
    async run({ r2, bucket, key }) {
      for (const [name, body] of Object.entries({ bytes: new Uint8Array(), stream: new Blob([]).stream() })) {
        assert.equal((await r2.objects.put({ bucket, key: key(name), body, contentLength: 0 })).etag, emptyEtag, name)
        const got = await r2.objects.get({ bucket, key: key(name) })
        assert.deepEqual([got.size, got.body.length, got.etag], [0, 0, emptyEtag], name)
      }
    },
  },
  'get-as-stream': {
    sentence: 'a GET as a stream returns 3 MB complete and in order',
    requirement: '2.2',
    async run({ r2, bucket, key }) {
      const body = patterned(3_000_017)
      await r2.objects.put({ bucket, key: key(), body: inPieces(body, 65_537), contentLength: body.length })
      const hash = createHash('md5')
      for await (const chunk of (await r2.objects.getStream({ bucket, key: key() })).body) hash.update(chunk)
      assert.equal(hash.digest('hex'), md5(body))
    },
  },
  overwrite: {
    sentence: 'a second PUT replaces the object, its HTTP metadata and its user metadata',
    async run({ r2, bucket, key }) {
      await r2.objects.put({ bucket, key: key(), body: 'first', contentType: 'text/one', metadata: { old: 'yes' } })
      await r2.objects.put({ bucket, key: key(), body: 'second', contentType: 'text/two' })
      const got = await r2.objects.get({ bucket, key: key() })
      assert.equal(got.text(), 'second')
      assert.equal(got.contentType, 'text/two')
      assert.deepEqual(got.metadata, {})
    },
  },
  'http-metadata': {
    sentence: 'GET and HEAD return HTTP metadata unchanged',
    async run({ r2, bucket, key }) {
      const metadata = {
        contentType: 'text/plain; charset=utf-8',
        cacheControl: 'public, max-age=60, no-transform',
        contentDisposition: 'attachment; filename="a b.txt"',
        contentEncoding: 'x-conformance',
        contentLanguage: 'de, en',
      }
      const expires = new Date('2031-02-03T04:05:06Z')
      await r2.objects.put({ bucket, key: key(), body: 'x', ...metadata, expires })
      for (const response of [
        await r2.objects.head({ bucket, key: key() }),
        await r2.objects.get({ bucket, key: key() }),
      ]) {
        const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage } = response
        assert.deepEqual({ contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage }, metadata)
        assert.equal(new Date(response.expires ?? 0).getTime(), expires.getTime())
      }
    },
  },
  'user-metadata': {
    sentence: 'HEAD returns user metadata under lower-case names',
    async run({ r2, bucket, key }) {
      await r2.objects.put({ bucket, key: key(), body: 'x', metadata: { 'One-Two': 'a  value', three: '=?&%;"' } })
      assert.deepEqual((await r2.objects.head({ bucket, key: key() })).metadata, {
        'one-two': 'a  value',
        three: '=?&%;"',
      })
    },
  },
  'unicode-metadata': {
    sentence: 'HEAD returns metadata in any script unchanged (RFC 2047 on the wire)',
    async run({ r2, bucket, key }) {
      const metadata = { name: 'Zoë 日本 🚀', long: 'ä'.repeat(200) }
      await r2.objects.put({ bucket, key: key(), body: 'x', metadata })
      assert.deepEqual((await r2.objects.head({ bucket, key: key() })).metadata, metadata)
    },
  },
  'metadata-decoded-before-storage': {
    sentence: 'an RFC 2047 word of plain ASCII in metadata is decoded before it is stored',
    async run({ raw, path, key }) {
      const headers = { 'x-amz-meta-word': '=?UTF-8?B?cGxhaW4=?=' }
      expectStatus(await raw({ method: 'PUT', path: path(key()), headers, body: 'x' }), 200)
      assert.equal(expectStatus(await raw({ path: path(key()) }), 200).headers['x-amz-meta-word'], 'plain')
    },
  },
  'metadata-too-large': {
    sentence: 'metadata over 8,192 bytes returns MetadataTooLarge',
    async run({ raw, path, key }) {
      const large = Object.fromEntries(
        Array.from({ length: 9 }, (_, index) => [`x-amz-meta-m${index}`, 'v'.repeat(1000)]),
      )
      const response = await raw({ method: 'PUT', path: path(key()), headers: large, body: 'x' })
      expectError(response, 400, 'MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size.')
    },
  },
  'default-content-type': {
    sentence: 'an object put without a content type is served as application/octet-stream',
    async run({ raw, path, key }) {
      expectStatus(await raw({ method: 'PUT', path: path(key()), body: 'x' }), 200)
      assert.equal((await raw({ path: path(key()) })).headers['content-type'], 'application/octet-stream')
    },
  },
  'response-headers': {
    sentence: 'GET returns Content-Length, a quoted ETag, Last-Modified and Accept-Ranges',
    async run({ raw, path, key }) {
      await raw({ method: 'PUT', path: path(key()), body: 'hello' })
      const { headers } = expectStatus(await raw({ path: path(key()) }), 200)
      assert.equal(headers['content-length'], '5')
      assert.equal(headers.etag, `"${md5('hello')}"`)
      assert.match(headers['last-modified'] ?? '', /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
      assert.equal(headers['accept-ranges'], 'bytes')
    },
  },
  'head-has-no-body': {
    sentence: 'HEAD returns the length of the object and no body',
    async run({ raw, path, key }) {
      await raw({ method: 'PUT', path: path(key()), body: 'hello' })
      const response = expectStatus(await raw({ method: 'HEAD', path: path(key()) }), 200)
      assert.deepEqual([response.headers['content-length'], response.bytes.length], ['5', 0])
    },
  },
  'missing-object': {
    sentence: 'GET of an absent object returns 404 NoSuchKey, and HEAD returns 404 without a body',
    async run({ r2, raw, path, bucket, key }) {
      await rejectsWith(r2.objects.get({ bucket, key: key() }), { code: 'ObjectNotFound', status: 404 })
      await rejectsWith(r2.objects.head({ bucket, key: key() }), { code: 'ObjectNotFound', status: 404 })
      expectError(await raw({ path: path(key()) }), 404, 'NoSuchKey', 'The specified key does not exist.')
      assert.equal((await raw({ method: 'HEAD', path: path(key()) })).bytes.length, 0)
    },
  },
  'missing-bucket': {
    sentence: 'GET, PUT and DELETE in an absent bucket return 404 NoSuchBucket',
    async run({ raw }) {
      const path = '/conformance-no-such-bucket/key'
      for (const [method, body] of [['GET'], ['PUT', 'x'], ['DELETE']] as const) {
        const response = await raw({ method, path, ...(body === undefined ? {} : { body }) })
        expectError(response, 404, 'NoSuchBucket', 'The specified bucket does not exist.')
      }
    },
  },
  delete: {
    sentence: 'DELETE removes an object and succeeds for an absent one',
    async run({ r2, bucket, key }) {
      await r2.objects.put({ bucket, key: key(), body: 'x' })
      await r2.objects.delete({ bucket, key: key() })
      await rejectsWith(r2.objects.head({ bucket, key: key() }), { code: 'ObjectNotFound' })
      await r2.objects.delete({ bucket, key: key() })
    },
  },
  'delete-objects': {
    sentence: 'DeleteObjects reports every key as deleted, including absent ones',
    async run({ r2, bucket, key }) {
      const keys = ['a', 'b & <c>', 'ü/d', 'absent'].map((name) => key(name))
      for (const each of keys.slice(0, 3)) await r2.objects.put({ bucket, key: each, body: 'x' })
      const { deleted, failed } = await r2.objects.deleteObjects({ bucket, keys })
      assert.deepEqual([...deleted].sort(), [...keys].sort())
      assert.deepEqual(failed, [])
      assert.deepEqual((await r2.objects.list({ bucket, prefix: key('') })).objects, [])
    },
  },
  'delete-objects-ignores-quiet': {
    sentence: 'DeleteObjects lists the deleted keys even with Quiet',
    async run({ raw, bucket, key }) {
      const body = deleteDocument([key('a')], 'true')
      const response = expectStatus(
        await raw({ method: 'POST', path: `/${bucket}`, query: [['delete', '']], body }),
        200,
      )
      assert.deepEqual(elementTexts(response.text, 'Key'), [key('a')])
    },
  },
  'delete-objects-malformed': {
    sentence:
      'DeleteObjects rejects an empty list, more than 1,000 keys, an object without a key, an invalid Quiet and broken XML',
    async run({ raw, bucket }) {
      const tooMany = Array.from({ length: 1001 }, (_, index) => `k${index}`)
      const bodies = [
        deleteDocument([]),
        deleteDocument(tooMany),
        '<Delete><Object></Object></Delete>',
        deleteDocument(['a'], 'maybe'),
        '<Delete><Object><Key>a</Key>',
      ]
      for (const body of bodies) {
        const response = await raw({ method: 'POST', path: `/${bucket}`, query: [['delete', '']], body })
        expectError(response, 400, 'MalformedXML')
      }
    },
  },
  'delete-ignores-subresources': {
    sentence: 'DELETE with a sub-resource such as ?tagging deletes the object itself',
    async run({ raw, path, key }) {
      await raw({ method: 'PUT', path: path(key()), body: 'x' })
      expectStatus(await raw({ method: 'DELETE', path: path(key()), query: [['tagging', '']] }), 204)
      expectError(await raw({ path: path(key()) }), 404, 'NoSuchKey')
    },
  },
  'post-is-put': {
    sentence: 'POST on a key stores the body, as PUT does',
    async run({ raw, path, key }) {
      expectStatus(await raw({ method: 'POST', path: path(key()), body: 'posted' }), 200)
      assert.equal((await raw({ path: path(key()) })).text, 'posted')
    },
  },
  'storage-class': {
    sentence: 'PUT stores the storage class and rejects an unknown one',
    async run({ r2, raw, path, bucket, key }) {
      await r2.objects.put({ bucket, key: key(), body: 'x', storageClass: 'STANDARD_IA' })
      const { objects } = await r2.objects.list({ bucket, prefix: key('') })
      assert.deepEqual(
        objects.map((object) => object.storageClass),
        ['STANDARD_IA'],
      )
      const headers = { 'x-amz-storage-class': 'GLACIER' }
      const response = await raw({ method: 'PUT', path: path(key('wrong')), headers, body: 'x' })
      expectError(response, 400, 'InvalidStorageClass', 'The storage class specified is not valid.')
    },
  },
  'length-required': {
    sentence: 'PUT of a body without a length returns 411 MissingContentLength',
    async run({ raw, path, key }) {
      const response = await raw({ method: 'PUT', path: path(key()), body: 'x', chunked: true })
      expectError(response, 411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.')
    },
  },
  'create-bucket-if-missing': {
    sentence: 'PUT with cf-create-bucket-if-missing creates the bucket',
    needs: 'createBucket',
    async run({ r2, bucket }) {
      const other = `${bucket}-made`
      await r2.objects.put({ bucket: other, key: 'k', body: 'x', createBucketIfMissing: true })
      assert.equal((await r2.objects.get({ bucket: other, key: 'k' })).text(), 'x')
      await r2.objects.delete({ bucket: other, key: 'k' })
      await r2.buckets.delete({ bucket: other })
    },
  },
  'customer-key': {
    sentence: 'GET and HEAD of an object stored with a customer key (SSE-C) require that key',
    async run({ r2, bucket, key }) {
      const ssec = { key: patterned(32) }
      await r2.objects.put({ bucket, key: key(), body: 'secret', ssec })
      assert.equal((await r2.objects.get({ bucket, key: key(), ssec })).text(), 'secret')
      for (const wrong of [{}, { ssec: { key: patterned(33).subarray(1) } }]) {
        const error = await rejectsWith(r2.objects.get({ bucket, key: key(), ...wrong }), {})
        assert.ok(error.status !== undefined && error.status >= 400 && error.status < 500, error.summary())
        await rejectsWith(r2.objects.head({ bucket, key: key(), ...wrong }), {})
      }
    },
  },
  'update-with-lock': {
    sentence: 'concurrent calls of updateWithLock lose no update',
    requirement: '5.4',
    async run({ r2, bucket, key }) {
      const increment = () =>
        r2.objects.updateWithLock(
          {
            bucket,
            key: key(),
            change: (current) => String(Number(current === undefined ? 0 : text(current.body)) + 1),
          },
          { maxRetries: 30 },
        )
      await Promise.all([increment(), increment(), increment(), increment()])
      assert.equal((await r2.objects.get({ bucket, key: key() })).text(), '4')
    },
  },
})
