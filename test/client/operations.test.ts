/** Every operation of the client at least once, against the local R2 over a socket. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type LocalR2, startLocalR2 } from '@r2kit/local'
import { type Body, R2Client } from 'r2kit'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { errorOf, readAll } from '../support/results.js'

let local: LocalR2
let r2: R2Client
const bucket = 'photos'

beforeAll(async () => {
  local = await startLocalR2({ memory: true })
  r2 = new R2Client({ endpoint: local.endpoint, credentials: local.credentials })
  await r2.buckets.create({ bucket })
})

afterAll(async () => {
  await r2.dispose()
  await local.close()
})

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const md5 = (bytes: Uint8Array | string): string => createHash('md5').update(bytes).digest('hex')
const partSize = 5 * 1024 * 1024

async function* pieces(bytes: Uint8Array, size = 70_000) {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size)
}

const fileOf = async (content: Uint8Array): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'r2kit-client-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'file')
  await writeFile(path, content)
  return path
}

describe('bodies', () => {
  const bodies: [string, (content: Buffer) => Body | Promise<Body>, boolean][] = [
    ['bytes', (content) => content, false],
    ['an ArrayBuffer', (content) => new Uint8Array(content).buffer, false],
    ['a Blob', (content) => new Blob([new Uint8Array(content)]), false],
    ['a Web stream', (content) => new Blob([new Uint8Array(content)]).stream(), true],
    ['a Node stream', (content) => Readable.from(pieces(content)), true],
    ['a generator', (content) => pieces(content), true],
    ['a file', async (content) => ({ path: await fileOf(content) }), false],
  ]

  test.each(bodies)('put stores %s, and an empty one', async (kind, make, needsLength) => {
    for (const size of [300_000, 0]) {
      const content = randomBytes(size)
      const key = `body/${kind}/${size}`
      const body = await make(content)
      const { etag } = await r2.objects.put({ bucket, key, body, ...(needsLength ? { contentLength: size } : {}) })
      expect(etag).toBe(md5(content))
      const read = await r2.objects.get({ bucket, key })
      expect([read.size, read.etag, sha256(read.body)]).toEqual([size, etag, sha256(content)])
      const { body: stream } = await r2.objects.getStream({ bucket, key })
      expect(sha256(await readAll(stream))).toBe(sha256(content))
      expect((await r2.objects.head({ bucket, key })).size).toBe(size)
    }
  })

  test('get returns stored text as text', async () => {
    await r2.objects.put({ bucket, key: 'text', body: 'grüße 😀' })
    expect((await r2.objects.get({ bucket, key: 'text' })).text()).toBe('grüße 😀')
  })

  test('an empty object of one empty part has a multipart ETag', async () => {
    const upload = {
      bucket,
      key: 'empty-multipart',
      ...(await r2.multipart.create({ bucket, key: 'empty-multipart' })),
    }
    const { etag } = await r2.multipart.uploadPart({ ...upload, partNumber: 1, body: '' })
    expect(etag).toBe(md5(''))
    expect((await r2.multipart.complete({ ...upload, parts: [{ partNumber: 1, etag }] })).etag).toMatch(/-1$/)
    expect((await r2.objects.get({ bucket, key: 'empty-multipart' })).size).toBe(0)
  })
})

describe('metadata, checksums and encryption', () => {
  test('8,192 bytes of non-Latin metadata, which are 18 KB on the wire, are read back', async () => {
    const { endpoint, credentials } = local
    const big = new R2Client({ endpoint, credentials, validation: { metadataBytesMax: 8192 } })
    const metadata = { a: '日'.repeat(4095) }
    await big.objects.put({ bucket, key: 'much-metadata', body: '', metadata })
    expect((await big.objects.head({ bucket, key: 'much-metadata' })).metadata).toEqual(metadata)
    await big.dispose()
  })

  test.each(['responseContentType', 'responseContentDisposition', 'responseExpires'])(
    '%s with a line break is rejected by get and by presign.get',
    async (field) => {
      const input = { bucket, key: 'k', [field]: 'a\r\nb: c' }
      expect(await errorOf(r2.objects.get(input))).toMatchObject({ code: 'InvalidInput', field })
      expect(await errorOf(r2.presign.get(input))).toMatchObject({ code: 'InvalidInput', field })
    },
  )

  const description = {
    contentType: 'text/plain; charset=utf-8',
    cacheControl: 'max-age=60, no-transform',
    contentDisposition: "attachment; filename*=UTF-8''gr%C3%BC%C3%9Fe.txt",
    contentEncoding: 'gzip',
    contentLanguage: 'de',
    metadata: { owner: 'Ana', note: 'grüße 😀', spaced: 'a  b' },
  }
  const expires = new Date('2030-02-03T04:05:06Z')

  test('head returns the metadata of put and of multipart.create', async () => {
    await r2.objects.put({ bucket, key: 'described', body: 'x', expires, ...description })
    expect(await r2.objects.head({ bucket, key: 'described' })).toMatchObject({
      ...description,
      expires: expires.toUTCString(),
    })
    const upload = {
      bucket,
      key: 'described-parts',
      ...(await r2.multipart.create({ bucket, key: 'described-parts', expires, ...description })),
    }
    const part = await r2.multipart.uploadPart({ ...upload, partNumber: 1, body: 'x' })
    await r2.multipart.complete({ ...upload, parts: [{ partNumber: 1, ...part }] })
    expect(await r2.objects.head({ bucket, key: 'described-parts' })).toMatchObject(description)
  })

  test('copy keeps, replaces or merges metadata', async () => {
    const source = { bucket, key: 'copy-source' }
    await r2.objects.put({ ...source, body: 'x', contentType: 'text/plain', metadata: { a: '1', b: '2' } })
    const changes = { contentType: 'text/html', metadata: { b: '3' } }
    const copies = {
      COPY: { contentType: 'text/plain', metadata: { a: '1', b: '2' } },
      REPLACE: { contentType: 'text/html', metadata: { b: '3' } },
      MERGE: { contentType: 'text/html', metadata: { a: '1', b: '3' } },
    } as const
    for (const metadataDirective of ['COPY', 'REPLACE', 'MERGE'] as const) {
      const target = { bucket, key: `copy-${metadataDirective}` }
      const { etag } = await r2.objects.copy({
        ...target,
        source,
        metadataDirective,
        ...(metadataDirective === 'COPY' ? {} : changes),
      })
      expect(etag).toBe(md5('x'))
      const { contentType, metadata } = await r2.objects.get(target)
      expect({ contentType, metadata }).toEqual(copies[metadataDirective])
    }
  })

  test.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    'a %s checksum is verified and stored',
    async (algorithm) => {
      const key = `checksum-${algorithm}`
      const { checksum } = await r2.objects.put({ bucket, key, body: '123456789', checksum: { algorithm } })
      expect(checksum?.algorithm ?? algorithm).toBe(algorithm)
      const value = (await r2.objects.head({ bucket, key })).checksum?.value ?? ''
      expect(
        await errorOf(
          r2.objects.put(
            { bucket, key: `${key}-bad`, body: 'other', checksum: { algorithm, value } },
            { maxAttempts: 1 },
          ),
        ),
      ).toMatchObject({
        status: 400,
      })
      expect(await errorOf(r2.objects.head({ bucket, key: `${key}-bad` }))).toMatchObject({ code: 'ObjectNotFound' })
    },
  )

  test('an object with a customer key can be read and copied only with that key', async () => {
    const target = { bucket, key: 'closed' }
    const ssec = { key: randomBytes(32) }
    await r2.objects.put({ ...target, body: 'secret', ssec })
    expect((await r2.objects.get({ ...target, ssec })).text()).toBe('secret')
    expect((await errorOf(r2.objects.get(target))).status).toBe(400)
    expect(
      (await errorOf(r2.objects.get({ ...target, ssec: { key: randomBytes(32) } }))).status,
    ).toBeGreaterThanOrEqual(400)
    const copy = { bucket, key: 'opened' }
    await r2.objects.copy({ ...copy, source: target, sourceSsec: ssec })
    expect((await r2.objects.get(copy)).text()).toBe('secret')
  })
})

describe('ranges', () => {
  const content = Buffer.from('0123456789')
  const object = { bucket, key: 'digits' }
  beforeAll(() => r2.objects.put({ ...object, body: content }))

  test.each([
    [{ offset: 2, length: 3 }, '234', 2],
    [{ offset: 7 }, '789', 7],
    [{ offset: 7, length: 100 }, '789', 7],
    [{ suffix: 4 }, '6789', 6],
    [{ suffix: 100 }, '0123456789', 0],
    [{ offset: 0 }, '0123456789', 0],
  ])('get and getStream return the range %j', async (range, expected, offset) => {
    const read = await r2.objects.get({ ...object, range })
    expect(read.text()).toBe(expected)
    expect(read).toMatchObject({ size: 10, contentRange: { offset, length: expected.length, total: 10 } })
    const { body } = await r2.objects.getStream({ ...object, range })
    expect((await readAll(body)).toString()).toBe(expected)
  })

  test('a range outside the object fails with InvalidRange', async () => {
    expect(await errorOf(r2.objects.get({ ...object, range: { offset: 10 } }))).toMatchObject({
      code: 'InvalidRange',
      status: 416,
    })
  })
})

describe('conditions', () => {
  const object = { bucket, key: 'conditional' }
  const past = new Date('2020-01-01T00:00:00Z')
  const future = new Date('2099-01-01T00:00:00Z')

  test('get and head evaluate conditions', async () => {
    const { etag } = await r2.objects.put({ ...object, body: 'x' })
    for (const holds of [
      { ifMatch: etag },
      { ifMatch: ['other', etag] },
      { ifMatch: '*' },
      { ifNoneMatch: 'other' },
      { ifModifiedSince: past },
      { ifUnmodifiedSince: future },
    ]) {
      expect((await r2.objects.get({ ...object, ...holds })).text()).toBe('x')
      expect((await r2.objects.head({ ...object, ...holds })).etag).toBe(etag)
    }
    for (const fails of [{ ifMatch: 'other' }, { ifUnmodifiedSince: past }]) {
      expect(await errorOf(r2.objects.get({ ...object, ...fails }))).toMatchObject({
        code: 'PreconditionFailed',
        status: 412,
      })
      expect(await errorOf(r2.objects.head({ ...object, ...fails }))).toMatchObject({ code: 'PreconditionFailed' })
    }
    for (const same of [{ ifNoneMatch: etag }, { ifNoneMatch: ['other', etag] }, { ifNoneMatch: '*' }]) {
      expect(await errorOf(r2.objects.get({ ...object, ...same }))).toMatchObject({ code: 'NotModified', status: 304 })
    }
  })

  test('put and copy evaluate conditions', async () => {
    const fresh = { bucket, key: 'first' }
    await r2.objects.put({ ...fresh, body: '1', ifNoneMatch: '*' })
    expect(await errorOf(r2.objects.put({ ...fresh, body: '2', ifNoneMatch: '*' }))).toMatchObject({
      code: 'PreconditionFailed',
      operation: 'PutObject',
    })
    const { etag } = await r2.objects.put({ ...fresh, body: '3', ifMatch: md5('1') })
    expect(await errorOf(r2.objects.put({ ...fresh, body: '4', ifMatch: md5('1') }))).toMatchObject({
      code: 'PreconditionFailed',
    })
    const target = { bucket, key: 'second' }
    await r2.objects.copy({ ...target, source: fresh, sourceIfMatch: etag, ifNoneMatch: '*' })
    expect(await errorOf(r2.objects.copy({ ...target, source: fresh, sourceIfMatch: 'other' }))).toMatchObject({
      code: 'PreconditionFailed',
    })
    expect(await errorOf(r2.objects.copy({ ...target, source: fresh, ifNoneMatch: '*' }))).toMatchObject({
      code: 'PreconditionFailed',
    })
    expect((await r2.objects.get(target)).text()).toBe('3')
  })

  test('concurrent updateWithLock calls lose no update', async () => {
    const writers = Array.from({ length: 8 }, async () => {
      for (let round = 0; round < 3; round++) {
        await r2.objects.updateWithLock(
          { bucket, key: 'count', change: (current) => String(Number(current?.text() ?? 0) + 1) },
          { maxRetries: 500, baseDelayMs: 1 },
        )
      }
    })
    await Promise.all(writers)
    expect((await r2.objects.get({ bucket, key: 'count' })).text()).toBe('24')
  })
})

describe('multipart uploads', () => {
  test('a multipart upload of uploaded, streamed and copied parts is listed and completed in part order', async () => {
    const content = randomBytes(2 * partSize + 1000)
    const object = { bucket, key: 'parts' }
    const { uploadId } = await r2.multipart.create({ ...object, contentType: 'x/y' })
    const upload = { ...object, uploadId }
    await r2.objects.put({ bucket, key: 'whole', body: content })
    const second = await r2.multipart.uploadPart({
      ...upload,
      partNumber: 2,
      body: content.subarray(partSize, 2 * partSize),
    })
    const last = await r2.multipart.uploadPart({
      ...upload,
      partNumber: 3,
      body: Readable.from([content.subarray(2 * partSize)]),
      contentLength: 1000,
    })
    const first = await r2.multipart.uploadPartCopy({
      ...upload,
      partNumber: 1,
      source: { bucket, key: 'whole' },
      sourceRange: { offset: 0, length: partSize },
    })
    expect(first.etag).toBe(md5(content.subarray(0, partSize)))
    const { uploads } = await r2.multipart.listUploads({ bucket, prefix: 'parts' })
    expect(uploads.map(({ key, uploadId }) => [key, uploadId])).toEqual([['parts', uploadId]])
    const page = await r2.multipart.listParts({ ...upload, maxParts: 2 })
    expect(page).toMatchObject({ isTruncated: true, parts: [{ partNumber: 1, size: partSize }, { partNumber: 2 }] })
    const rest = await r2.multipart.listParts({ ...upload, partNumberMarker: 2 })
    expect(rest).toMatchObject({ isTruncated: false, parts: [{ partNumber: 3, size: 1000, etag: last.etag }] })
    const { etag } = await r2.multipart.complete({
      ...upload,
      parts: [
        { partNumber: 3, etag: last.etag },
        { partNumber: 1, etag: first.etag },
        { partNumber: 2, etag: second.etag },
      ],
    })
    const read = await r2.objects.get(object)
    expect(read).toMatchObject({ etag, contentType: 'x/y', size: content.length })
    expect(etag).toMatch(/^[0-9a-f]{32}-3$/)
    expect(sha256(read.body)).toBe(sha256(content))
    const part = await r2.objects.get({ ...object, partNumber: 3 })
    expect(sha256(part.body)).toBe(sha256(content.subarray(2 * partSize)))
    expect(part.partsCount).toBe(3)
  })

  test('completing an aborted upload fails with UploadNotFound', async () => {
    const object = { bucket, key: 'aborted' }
    const upload = { ...object, ...(await r2.multipart.create(object)) }
    const { etag } = await r2.multipart.uploadPart({ ...upload, partNumber: 1, body: 'x' })
    await r2.multipart.abort(upload)
    expect(await errorOf(r2.multipart.complete({ ...upload, parts: [{ partNumber: 1, etag }] }))).toMatchObject({
      code: 'UploadNotFound',
      s3Code: 'NoSuchUpload',
      status: 404,
    })
    expect(await errorOf(r2.objects.head(object))).toMatchObject({ code: 'ObjectNotFound' })
  })

  test('completing an upload with parts of unequal size fails with InvalidPart', async () => {
    const object = { bucket, key: 'unequal' }
    const upload = { ...object, ...(await r2.multipart.create(object)) }
    const parts = []
    for (const [index, size] of [partSize, partSize + 1, 10].entries()) {
      const part = await r2.multipart.uploadPart({ ...upload, partNumber: index + 1, body: Buffer.alloc(size) })
      parts.push({ partNumber: index + 1, etag: part.etag })
    }
    expect(await errorOf(r2.multipart.complete({ ...upload, parts }))).toMatchObject({ code: 'InvalidPart' })
    await r2.multipart.abort(upload)
  })
})

describe('buckets', () => {
  test('a bucket can be created, listed, located and deleted', async () => {
    const name = 'short-lived'
    await r2.buckets.create({ bucket: name, locationHint: 'weur' })
    const { buckets } = await r2.buckets.list()
    expect(buckets.map(({ name }) => name)).toEqual(expect.arrayContaining([bucket, name]))
    expect((await r2.buckets.list({ prefix: 'short' })).buckets).toHaveLength(1)
    expect((await r2.buckets.list({ maxKeys: 1 })).isTruncated).toBe(true)
    await r2.buckets.head({ bucket: name })
    expect((await r2.buckets.location({ bucket: name })).location.toUpperCase()).toBe('WEUR')
    await r2.objects.put({ bucket: name, key: 'k', body: 'x' })
    expect(await errorOf(r2.buckets.delete({ bucket: name }))).toMatchObject({ code: 'BucketNotEmpty', bucket: name })
    await r2.objects.delete({ bucket: name, key: 'k' })
    await r2.buckets.delete({ bucket: name })
    expect(await errorOf(r2.buckets.head({ bucket: name }))).toMatchObject({ code: 'BucketNotFound' })
    expect(await errorOf(r2.objects.get({ bucket: name, key: 'k' }))).toMatchObject({ code: 'BucketNotFound' })
  })

  test('creating an existing bucket fails with BucketExists', async () => {
    expect(await errorOf(r2.buckets.create({ bucket }))).toMatchObject({ code: 'BucketExists', status: 409 })
  })

  test('put and multipart.create create the bucket with createBucketIfMissing', async () => {
    await r2.objects.put({ bucket: 'made-by-put', key: 'k', body: 'x', createBucketIfMissing: true })
    await r2.multipart.create({ bucket: 'made-by-upload', key: 'k', createBucketIfMissing: true })
    expect((await r2.buckets.list({ prefix: 'made-by-' })).buckets).toHaveLength(2)
  })

  test('CORS rules, lifecycle rules and encryption of a bucket can be configured', async () => {
    const { cors, lifecycle, encryption } = r2.buckets
    expect(await errorOf(cors.get({ bucket }))).toMatchObject({ code: 'ConfigurationNotFound' })
    const corsRule = {
      allowedOrigins: ['https://example.com'],
      allowedMethods: ['GET'] as const,
      allowedHeaders: ['*'],
      maxAgeSeconds: 60,
    }
    await cors.put({ bucket, rules: [corsRule] })
    expect((await cors.get({ bucket })).rules).toMatchObject([corsRule])
    await cors.delete({ bucket })
    expect(await errorOf(cors.get({ bucket }))).toMatchObject({ code: 'ConfigurationNotFound' })
    const rule = { id: 'logs', status: 'Enabled' as const, prefix: 'logs/', expiration: { days: 7 } }
    await lifecycle.put({ bucket, rules: [rule] })
    expect((await lifecycle.get({ bucket })).rules).toMatchObject([rule])
    await lifecycle.delete({ bucket })
    expect((await encryption.get({ bucket })).rules).toMatchObject([{ algorithm: 'AES256' }])
  })
})

describe('presigned URLs', () => {
  test('a presigned URL works with fetch and only for what it signs', async () => {
    const object = { bucket, key: 'signed/grüße +%.txt' }
    const put = await r2.presign.put({ ...object, contentType: 'text/plain' })
    expect((await fetch(put.url, { method: 'PUT', body: 'by URL', headers: put.headers })).status).toBe(200)
    const get = await r2.presign.get(object)
    expect(await (await fetch(get.url)).text()).toBe('by URL')
    expect((await fetch(put.url, { method: 'PUT', body: 'x', headers: { 'content-type': 'text/html' } })).status).toBe(
      403,
    )
    expect((await fetch(get.url.replace('signed', 'other'))).status).toBe(403)
  })
})

describe('wrong credentials', () => {
  test('a wrong secret fails with SignatureDoesNotMatch, an unknown access key with an error of kind Auth', async () => {
    const { accessKeyId } = local.credentials
    await using wrong = new R2Client({
      endpoint: local.endpoint,
      credentials: { accessKeyId, secretAccessKey: 'f'.repeat(64) },
    })
    expect(await errorOf(wrong.objects.get({ bucket, key: 'text' }))).toMatchObject({
      code: 'SignatureDoesNotMatch',
      kind: 'Auth',
    })
    await using unknown = new R2Client({
      endpoint: local.endpoint,
      credentials: { accessKeyId: 'f'.repeat(32), secretAccessKey: 'f'.repeat(64) },
    })
    expect(await errorOf(unknown.objects.get({ bucket, key: 'text' }))).toMatchObject({ kind: 'Auth' })
  })
})
