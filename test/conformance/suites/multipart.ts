/** Multipart uploads, including R2's rule that all parts but the last have equal sizes. */
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { type Context, defineSuite, errorCase, expectError, expectStatus, rejectsWith } from '../case.js'
import { elementText, elementTexts } from '../raw.js'

const MEBIBYTE = 1024 * 1024
const partSizeBytes = 5 * MEBIBYTE
const filled = (size: number, byte: number) => new Uint8Array(size).fill(byte)
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest()

const multipartEtag = (parts: readonly Uint8Array[]) =>
  `${createHash('md5')
    .update(Buffer.concat(parts.map(md5)))
    .digest('hex')}-${parts.length}`

interface UploadedPart {
  readonly partNumber: number
  readonly etag: string
}

const open = async ({ r2, bucket, key }: Context, name?: string) => {
  const { uploadId } = await r2.multipart.create({ bucket, key: key(name) })
  return { bucket, key: key(name), uploadId }
}

const uploadParts = async (
  { r2 }: Context,
  upload: Awaited<ReturnType<typeof open>>,
  bodies: Readonly<Record<number, Uint8Array>>,
) => {
  const parts: UploadedPart[] = []
  for (const [number, body] of Object.entries(bodies)) {
    const partNumber = Number(number)
    parts.push({ partNumber, etag: (await r2.multipart.uploadPart({ ...upload, partNumber, body })).etag })
  }
  return parts
}

const unknownUpload = (context: Context, method: string, query: Readonly<Record<string, string>>, body?: string) =>
  context.raw({
    method,
    path: context.path(context.key()),
    query: Object.entries({ uploadId: 'bm90LWFuLXVwbG9hZA', ...query }),
    ...(body === undefined ? {} : { body }),
  })

const completeDocument = (parts: readonly { partNumber: number | string; etag: string }[]) =>
  `<CompleteMultipartUpload>${parts.map(({ partNumber, etag }) => `<Part><PartNumber>${partNumber}</PartNumber><ETag>${etag}</ETag></Part>`).join('')}</CompleteMultipartUpload>`

/** The address of the object that an upload creates. */
const objectOf = ({ bucket, key }: { bucket: string; key: string }) => ({ bucket, key })

const completeRaw = (context: Context, upload: { uploadId: string; key: string }, body: string) =>
  context.raw({ method: 'POST', path: context.path(upload.key), query: [['uploadId', upload.uploadId]], body })

const partMessage = 'One or more of the specified parts could not be found.'
const numberMessage = 'Part number must be an integer between 1 and 10000, inclusive.'

export const multipartSuite = defineSuite('multipart', '9', {
  'whole-upload': {
    sentence:
      'Complete joins the parts in order into an object with the metadata of Create and an ETag derived from the part ETags',
    async run(context) {
      const { r2, bucket, key } = context
      const { uploadId } = await r2.multipart.create({
        ...{ bucket, key: key(), contentType: 'text/parts', cacheControl: 'no-transform', metadata: { a: 'ü' } },
      })
      const bodies = [filled(partSizeBytes, 1), filled(partSizeBytes, 2), filled(123, 3)]
      const upload = { bucket, key: key(), uploadId }
      const parts = await uploadParts(context, upload, {
        1: filled(partSizeBytes, 1),
        2: filled(partSizeBytes, 2),
        3: filled(123, 3),
      })
      const { etag } = await r2.multipart.complete({ ...upload, parts })
      assert.equal(etag, multipartEtag(bodies))
      const got = await r2.objects.get({ bucket, key: key() })
      assert.equal(Buffer.concat(bodies).equals(got.body), true)
      assert.deepEqual(
        [got.etag, got.contentType, got.cacheControl, got.metadata],
        [etag, 'text/parts', 'no-transform', { a: 'ü' }],
      )
    },
  },
  'one-small-part': {
    sentence: 'an upload may consist of one small part or of one empty part',
    requirement: '5.1',
    async run(context) {
      const { r2, bucket } = context
      for (const [name, body] of Object.entries({ small: filled(10, 1), empty: new Uint8Array() })) {
        const upload = await open(context, name)
        const parts = await uploadParts(context, upload, { 1: body })
        const { etag } = await r2.multipart.complete({ ...upload, parts })
        assert.equal(etag, multipartEtag([body]))
        assert.equal((await r2.objects.head({ bucket, key: upload.key })).size, body.length)
      }
    },
  },
  'any-order-with-gaps': {
    sentence: 'Complete sorts parts by number, whatever their order in the request, and accepts gaps in the numbers',
    async run(context) {
      const upload = await open(context)
      const parts = await uploadParts(context, upload, { 7: filled(partSizeBytes, 7), 30: filled(partSizeBytes, 30) })
      const document = completeDocument([...parts].reverse())
      expectStatus(await completeRaw(context, upload, document), 200)
      const head = await context.r2.objects.head(objectOf(upload))
      assert.equal(head.etag, multipartEtag([filled(partSizeBytes, 7), filled(partSizeBytes, 30)]))
    },
  },
  'complete-response': {
    sentence: 'Complete returns location, bucket, key and quoted ETag',
    async run(context) {
      const upload = await open(context)
      const parts = await uploadParts(context, upload, { 1: filled(3, 1) })
      const { text } = expectStatus(await completeRaw(context, upload, completeDocument(parts)), 200)
      assert.deepEqual([elementText(text, 'Bucket'), elementText(text, 'Key')], [context.bucket, upload.key])
      assert.equal(elementText(text, 'ETag'), `"${multipartEtag([filled(3, 1)])}"`)
      assert.notEqual(elementText(text, 'Location'), undefined)
    },
  },
  'replaced-part': {
    sentence: 'uploading a part again replaces it, and Complete rejects the ETag of the replaced part',
    async run(context) {
      const upload = await open(context)
      const first = await uploadParts(context, upload, { 1: filled(10, 1) })
      const second = await uploadParts(context, upload, { 1: filled(20, 2) })
      await rejectsWith(context.r2.multipart.complete({ ...upload, parts: first }), {
        s3Code: 'InvalidPart',
        status: 400,
      })
      await context.r2.multipart.complete({ ...upload, parts: second })
      assert.equal((await context.r2.objects.head(objectOf(upload))).size, 20)
    },
  },
  'unequal-parts': {
    sentence: 'parts of unequal size are stored, but Complete returns InvalidPart',
    async run(context) {
      const upload = await open(context)
      const sizes = { 1: filled(partSizeBytes, 1), 2: filled(partSizeBytes + 1, 2), 3: filled(1, 3) }
      const parts = await uploadParts(context, upload, sizes)
      const error = await rejectsWith(context.r2.multipart.complete({ ...upload, parts }), {
        s3Code: 'InvalidPart',
        status: 400,
      })
      assert.match(error.message, /All non-trailing parts must have the same length\./)
    },
  },
  'larger-last-part': {
    sentence: 'Complete returns InvalidPart if the last part is larger than the others',
    async run(context) {
      const upload = await open(context)
      const parts = await uploadParts(context, upload, { 1: filled(partSizeBytes, 1), 2: filled(partSizeBytes + 1, 2) })
      await rejectsWith(context.r2.multipart.complete({ ...upload, parts }), { s3Code: 'InvalidPart', status: 400 })
    },
  },
  'small-part': {
    sentence: 'Complete returns EntityTooSmall if a part other than the last is under 5 MiB',
    async run(context) {
      const upload = await open(context)
      const parts = await uploadParts(context, upload, { 1: filled(1000, 1), 2: filled(1000, 2) })
      const response = await completeRaw(context, upload, completeDocument(parts))
      expectError(
        response,
        400,
        'EntityTooSmall',
        'Your proposed upload is smaller than the minimum allowed object size.',
      )
    },
  },
  'parts-not-found': {
    sentence: 'Complete returns InvalidPart for a missing part, a wrong ETag and a part number outside 1..10,000',
    async run(context) {
      const upload = await open(context)
      const [part] = await uploadParts(context, upload, { 1: filled(3, 1) })
      const etag = part?.etag ?? ''
      for (const parts of [
        [{ partNumber: 2, etag }],
        [{ partNumber: 1, etag: 'f'.repeat(32) }],
        [{ partNumber: 0, etag }],
        [{ partNumber: 10_001, etag }],
      ]) {
        expectError(await completeRaw(context, upload, completeDocument(parts)), 400, 'InvalidPart', partMessage)
      }
    },
  },
  'same-part-twice': {
    sentence: 'Complete returns InvalidPart if a part number occurs twice',
    async run(context) {
      const upload = await open(context)
      const parts = await uploadParts(context, upload, { 1: filled(partSizeBytes, 1) })
      const response = await completeRaw(context, upload, completeDocument([...parts, ...parts]))
      expectError(response, 400, 'InvalidPart', 'There was a problem with the multipart upload.')
    },
  },
  'malformed-complete': {
    sentence:
      'Complete without parts, with a part number that is not a number, or with broken XML returns MalformedXML',
    async run(context) {
      const upload = await open(context)
      for (const body of [completeDocument([]), completeDocument([{ partNumber: 'one', etag: 'x' }]), '<Complete']) {
        expectError(await completeRaw(context, upload, body), 400, 'MalformedXML')
      }
    },
  },
  'complete-twice': {
    sentence: 'a second Complete returns NoSuchUpload and keeps the object',
    async run(context) {
      const upload = await open(context)
      const parts = await uploadParts(context, upload, { 1: filled(3, 1) })
      await context.r2.multipart.complete({ ...upload, parts })
      const again = await completeRaw(context, upload, completeDocument(parts))
      expectError(again, 404, 'NoSuchUpload', 'The specified multipart upload does not exist.')
      assert.equal((await context.r2.objects.head(objectOf(upload))).size, 3)
    },
  },
  abort: {
    sentence: 'after an abort, UploadPart, Complete and ListParts return NoSuchUpload, and no object is created',
    requirement: '3.2',
    async run(context) {
      const { r2 } = context
      const upload = await open(context)
      const parts = await uploadParts(context, upload, { 1: filled(3, 1) })
      await r2.multipart.abort(upload)
      for (const call of [
        () => r2.multipart.uploadPart({ ...upload, partNumber: 2, body: 'x' }),
        () => r2.multipart.complete({ ...upload, parts }),
        () => r2.multipart.listParts(upload),
      ]) {
        await rejectsWith(call(), { code: 'UploadNotFound', status: 404 })
      }
      await rejectsWith(r2.objects.head(objectOf(upload)), { code: 'ObjectNotFound' })
    },
  },
  'unknown-upload': {
    sentence: 'UploadPart, Complete, Abort and ListParts return NoSuchUpload for an unknown upload ID',
    async run(context) {
      expectError(await unknownUpload(context, 'PUT', { partNumber: '1' }, 'x'), 404, 'NoSuchUpload')
      const document = completeDocument([{ partNumber: 1, etag: 'f'.repeat(32) }])
      expectError(await unknownUpload(context, 'POST', {}, document), 404, 'NoSuchUpload')
      expectError(await unknownUpload(context, 'DELETE', {}), 404, 'NoSuchUpload')
      expectError(await unknownUpload(context, 'GET', {}), 404, 'NoSuchUpload')
    },
  },
  'part-number-zero': errorCase(
    'UploadPart rejects the part number 0',
    ({ path, key }) => ({
      method: 'PUT',
      path: path(key()),
      query: [
        ['partNumber', '0'],
        ['uploadId', 'x'],
      ],
      body: 'x',
    }),
    [400, 'InvalidArgument', numberMessage],
  ),
  'part-number-too-large': errorCase(
    'UploadPart rejects the part number 10,001',
    ({ path, key }) => ({
      method: 'PUT',
      path: path(key()),
      query: [
        ['partNumber', '10001'],
        ['uploadId', 'x'],
      ],
      body: 'x',
    }),
    [400, 'InvalidArgument', numberMessage],
  ),
  'part-number-not-an-integer': errorCase(
    'a part number that is not an integer returns RouteNotFound',
    ({ path, key }) => ({
      method: 'PUT',
      path: path(key()),
      query: [
        ['partNumber', 'one'],
        ['uploadId', 'x'],
      ],
      body: 'x',
    }),
    [404, 'RouteNotFound', 'No route matches this url.'],
  ),
  'upload-id-without-part-number': {
    sentence: 'PUT with an upload ID but no part number is a PutObject',
    async run({ raw, path, key }) {
      expectStatus(await raw({ method: 'PUT', path: path(key()), query: [['uploadId', 'x']], body: 'plain' }), 200)
      assert.equal((await raw({ path: path(key()) })).text, 'plain')
    },
  },
  'list-parts': {
    sentence: 'ListParts returns the number, size and ETag of each part, in pages',
    async run(context) {
      const upload = await open(context)
      const parts = await uploadParts(context, upload, { 3: filled(3, 3), 1: filled(1, 1), 2: filled(2, 2) })
      const seen: unknown[] = []
      let partNumberMarker: number | undefined
      do {
        const page = await context.r2.multipart.listParts({
          ...{ ...upload, maxParts: 2 },
          ...(partNumberMarker === undefined ? {} : { partNumberMarker }),
        })
        seen.push(...page.parts.map(({ partNumber, size, etag }) => ({ partNumber, size, etag })))
        partNumberMarker = page.isTruncated ? page.nextPartNumberMarker : undefined
      } while (partNumberMarker !== undefined)
      assert.deepEqual(
        seen,
        parts.map(({ partNumber, etag }) => ({ partNumber, size: partNumber, etag })),
      )
      await context.r2.multipart.abort(upload)
    },
  },
  'list-uploads': {
    sentence: 'ListMultipartUploads returns only unfinished uploads, and supports prefix, delimiter and pages',
    async run(context) {
      const { r2, bucket, key } = context
      const uploads = []
      for (const name of ['a', 'dir/b', 'dir/c', 'z']) uploads.push(await open(context, name))
      const done = await open(context, 'done')
      await r2.multipart.complete({ ...done, parts: await uploadParts(context, done, { 1: filled(1, 1) }) })
      const all = await r2.multipart.listUploads({ bucket, prefix: key('') })
      assert.deepEqual(
        all.uploads.map((upload) => [upload.key, upload.uploadId]),
        uploads.map((upload) => [upload.key, upload.uploadId]),
      )
      const top = await r2.multipart.listUploads({ bucket, prefix: key(''), delimiter: '/' })
      assert.deepEqual(
        [top.uploads.map((upload) => upload.key), top.commonPrefixes],
        [[key('a'), key('z')], [key('dir/')]],
      )
      const seen: string[] = []
      let markers: { keyMarker?: string; uploadIdMarker?: string } = {}
      for (let page = 0; page < 10; page++) {
        const response = await r2.multipart.listUploads({ bucket, prefix: key(''), maxUploads: 1, ...markers })
        seen.push(...response.uploads.map((upload) => upload.key))
        if (!response.isTruncated) break
        markers = {
          ...(response.nextKeyMarker === undefined ? {} : { keyMarker: response.nextKeyMarker }),
          ...(response.nextUploadIdMarker === undefined ? {} : { uploadIdMarker: response.nextUploadIdMarker }),
        }
      }
      assert.deepEqual(
        seen,
        uploads.map((upload) => upload.key),
      )
      for (const upload of uploads) await r2.multipart.abort(upload)
    },
  },
  'two-uploads-of-one-key': {
    sentence: 'two uploads of one key are independent, and the one completed last replaces the object',
    async run(context) {
      const { r2 } = context
      const [one, two] = [await open(context), await open(context)]
      const parts = await uploadParts(context, one, { 1: filled(1, 1) })
      const others = await uploadParts(context, two, { 1: filled(2, 2) })
      await r2.multipart.complete({ ...two, parts: others })
      await r2.multipart.complete({ ...one, parts })
      assert.equal((await r2.objects.head(objectOf(one))).size, 1)
    },
  },
  'part-copy': {
    sentence: 'UploadPartCopy copies a range of another object and clamps an end beyond the object',
    async run(context) {
      const { r2, bucket, key } = context
      await r2.objects.put({ bucket, key: key('from'), body: '0123456789' })
      const upload = await open(context, 'to')
      const source = { bucket, key: key('from') }
      const copied = await r2.multipart.uploadPartCopy({
        ...{ ...upload, partNumber: 1, source, sourceRange: { offset: 2, length: 3 } },
      })
      await r2.multipart.complete({ ...upload, parts: [{ partNumber: 1, etag: copied.etag }] })
      assert.equal((await r2.objects.get(objectOf(upload))).text(), '234')
      const again = await open(context, 'to')
      const response = await context.raw({
        ...{
          method: 'PUT',
          path: context.path(again.key),
          query: [
            ['partNumber', '1'],
            ['uploadId', again.uploadId],
          ],
        },
        headers: {
          'x-amz-copy-source': `/${bucket}/${encodeURIComponent(key('from'))}`,
          'x-amz-copy-source-range': 'bytes=8-99',
        },
      })
      assert.equal(elementText(expectStatus(response, 200).text, 'ETag'), `"${md5(Buffer.from('89')).toString('hex')}"`)
      await r2.multipart.abort(again)
    },
  },
  'part-copy-ranges': {
    sentence: 'UploadPartCopy with an open or inverted range returns InvalidArgument',
    async run(context) {
      const { r2, bucket, key, raw, path } = context
      await r2.objects.put({ bucket, key: key('from'), body: '0123456789' })
      const upload = await open(context, 'to')
      for (const range of ['bytes=3-', 'bytes=5-2', '3-5']) {
        const response = await raw({
          ...{
            method: 'PUT',
            path: path(upload.key),
            query: [
              ['partNumber', '1'],
              ['uploadId', upload.uploadId],
            ],
          },
          headers: {
            'x-amz-copy-source': `/${bucket}/${encodeURIComponent(key('from'))}`,
            'x-amz-copy-source-range': range,
          },
        })
        expectError(response, 400, 'InvalidArgument')
      }
      await r2.multipart.abort(upload)
    },
  },
  'conditional-complete': {
    sentence: 'Complete with If-None-Match: * returns 412 for an existing key and destroys the upload',
    async run(context) {
      const { r2, bucket, key, raw, path } = context
      const upload = await open(context)
      const parts = await uploadParts(context, upload, { 1: filled(3, 1) })
      await r2.objects.put({ bucket, key: key(), body: 'existing' })
      const send = () =>
        raw({
          ...{ method: 'POST', path: path(key()), query: [['uploadId', upload.uploadId]] },
          ...{ headers: { 'if-none-match': '*' }, body: completeDocument(parts) },
        })
      expectError(await send(), 412, 'PreconditionFailed')
      expectError(await send(), 404, 'NoSuchUpload')
      assert.equal((await r2.objects.get({ bucket, key: key() })).text(), 'existing')
    },
  },
  'read-by-part': {
    sentence: 'GET with a part number returns that part',
    async run(context) {
      const { r2, bucket, key } = context
      const upload = await open(context)
      const parts = await uploadParts(context, upload, { 1: filled(partSizeBytes, 1), 2: filled(9, 2) })
      await r2.multipart.complete({ ...upload, parts })
      const second = await r2.objects.get({ bucket, key: key(), partNumber: 2 })
      assert.ok(Buffer.from(filled(9, 2)).equals(second.body), `${second.body.length} bytes`)
    },
  },
  'list-uploads-empty': {
    sentence: 'ListMultipartUploads without matching uploads is empty and not truncated',
    async run({ raw, bucket, key }) {
      const response = await raw({
        path: `/${bucket}`,
        query: [
          ['uploads', ''],
          ['prefix', key('none')],
        ],
      })
      const { text } = expectStatus(response, 200)
      assert.deepEqual([elementTexts(text, 'UploadId'), elementText(text, 'IsTruncated')], [[], 'false'])
    },
  },
})
