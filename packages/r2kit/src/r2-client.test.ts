/** Properties of every call, whatever its operation. */
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { FakeTransport, fakeClient, objectHeaders, testCredentials } from '#test/support/fake-transport.js'
import { errorOf, thrownBy } from '#test/support/results.js'
import { FetchTransport } from './http/transports.js'
import { R2Client } from './r2-client.js'
import { R2ClientBuilder } from './r2-client-builder.js'

const object = { bucket: 'photos', key: 'cat.jpg' }
const upload = { ...object, uploadId: 'u' }

/** A value of any type, from a caller without types. */
const anything = (value: unknown): never => value as never

describe('mistakes in input', () => {
  const checks: [what: string, field: string, call: (r2: R2Client) => Promise<unknown>][] = [
    ['an empty bucket', 'bucket', (r2) => r2.objects.get({ ...object, bucket: '' })],
    ['a bucket that leads elsewhere', 'bucket', (r2) => r2.objects.get({ ...object, bucket: '../x' })],
    ['a bucket with a slash', 'bucket', (r2) => r2.objects.list({ bucket: 'a/b' })],
    ['a bucket that is not text', 'bucket', (r2) => r2.buckets.head({ bucket: anything(undefined) })],
    ['an empty key', 'key', (r2) => r2.objects.put({ ...object, key: '', body: '' })],
    ['a key with NUL', 'key', (r2) => r2.objects.head({ ...object, key: 'a\0b' })],
    ['half a surrogate pair', 'key', (r2) => r2.objects.delete({ ...object, key: '\ud800' })],
    ['a key of 1,025 bytes', 'key', (r2) => r2.objects.put({ ...object, key: `${'ü'.repeat(512)}x`, body: '' })],
    [
      'a source without a key',
      'source.key',
      (r2) => r2.objects.copy({ ...object, source: { bucket: 'photos', key: '' } }),
    ],
    ['an injected header', 'contentType', (r2) => r2.objects.put({ ...object, body: '', contentType: 'a\r\nx: y' })],
    [
      'an HTTP field that is not ASCII',
      'contentDisposition',
      (r2) => r2.objects.put({ ...object, body: '', contentDisposition: 'ü' }),
    ],
    [
      'metadata with a line break',
      'metadata["a"]',
      (r2) => r2.objects.put({ ...object, body: '', metadata: { a: 'b\nc' } }),
    ],
    [
      'a metadata name with a colon',
      'metadata["a:b"]',
      (r2) => r2.multipart.create({ ...object, metadata: { 'a:b': 'c' } }),
    ],
    [
      'too much metadata',
      'metadata',
      (r2) => r2.objects.put({ ...object, body: '', metadata: { a: 'x'.repeat(2048) } }),
    ],
    [
      'an unknown storage class',
      'storageClass',
      (r2) => r2.objects.put({ ...object, body: '', storageClass: anything('GLACIER') }),
    ],
    [
      'an invalid date',
      'ifModifiedSince',
      (r2) => r2.objects.get({ ...object, ifModifiedSince: new Date(Number.NaN) }),
    ],
    ['a date that is text', 'expires', (r2) => r2.objects.put({ ...object, body: '', expires: anything('tomorrow') })],
    ['an ETag that breaks out of its quotes', 'ifMatch', (r2) => r2.objects.get({ ...object, ifMatch: 'a", "b' })],
    ['an empty ETag', 'ifNoneMatch[0]', (r2) => r2.objects.get({ ...object, ifNoneMatch: [''] })],
    ['an ETag with a line break', 'ifMatch', (r2) => r2.objects.put({ ...object, body: '', ifMatch: 'a\r\nx: y' })],
    ['no ETag in the list', 'ifMatch', (r2) => r2.objects.get({ ...object, ifMatch: [] })],
    ['a negative offset', 'range.offset', (r2) => r2.objects.get({ ...object, range: { offset: -1 } })],
    ['half an offset', 'range.offset', (r2) => r2.objects.getStream({ ...object, range: { offset: 1.5 } })],
    ['no length', 'range.length', (r2) => r2.objects.get({ ...object, range: { offset: 0, length: 0 } })],
    ['an empty suffix', 'range.suffix', (r2) => r2.objects.get({ ...object, range: { suffix: 0 } })],
    ['range and part', 'partNumber', (r2) => r2.objects.head({ ...object, partNumber: 1, range: { offset: 0 } })],
    ['a negative page of buckets', 'maxKeys', (r2) => r2.buckets.list({ maxKeys: -1 })],
    [
      'a page of parts that is no number',
      'maxParts',
      (r2) => r2.multipart.listParts({ ...upload, maxParts: Number.NaN }),
    ],
    [
      'a marker between parts',
      'partNumberMarker',
      (r2) => r2.multipart.listParts({ ...upload, partNumberMarker: 1.5 }),
    ],
    ['half a page of uploads', 'maxUploads', (r2) => r2.multipart.listUploads({ bucket: 'photos', maxUploads: 0.5 })],
    ['part 0', 'partNumber', (r2) => r2.objects.get({ ...object, partNumber: 0 })],
    ['part 10,001', 'partNumber', (r2) => r2.multipart.uploadPart({ ...upload, partNumber: 10_001, body: '' })],
    ['a short encryption key', 'ssec.key', (r2) => r2.objects.get({ ...object, ssec: { key: new Uint8Array(31) } })],
    [
      'a short encryption key of the source',
      'sourceSsec.key',
      (r2) => r2.objects.copy({ ...object, source: object, sourceSsec: { key: new Uint8Array(33) } }),
    ],
    [
      'an unknown checksum',
      'checksum.algorithm',
      (r2) => r2.objects.put({ ...object, body: '', checksum: { algorithm: anything('MD5') } }),
    ],
    [
      'a checksum of the wrong length',
      'checksum.value',
      (r2) => r2.objects.put({ ...object, body: '', checksum: { algorithm: 'CRC32', value: 'AAA=' } }),
    ],
    [
      'two checksums',
      'checksum',
      (r2) =>
        r2.objects.put({
          ...object,
          body: '',
          checksum: { algorithm: 'CRC32' },
          contentMd5: '1B2M2Y8AsgTpgAmY7PhCfg==',
        }),
    ],
    ['an invalid MD5', 'contentMd5', (r2) => r2.objects.put({ ...object, body: '', contentMd5: 'abc' })],
    [
      'an unknown metadata directive',
      'metadataDirective',
      (r2) => r2.objects.copy({ ...object, source: object, metadataDirective: anything('KEEP') }),
    ],
    [
      'a checksum type that R2 has not',
      'checksumType',
      (r2) => r2.multipart.create({ ...object, checksumAlgorithm: 'CRC32', checksumType: 'FULL_OBJECT' }),
    ],
    [
      'a checksum type of nothing',
      'checksumType',
      (r2) => r2.multipart.create({ ...object, checksumType: 'COMPOSITE' }),
    ],
    ['no upload id', 'uploadId', (r2) => r2.multipart.abort({ ...upload, uploadId: '' })],
    ['no parts', 'parts', (r2) => r2.multipart.complete({ ...upload, parts: [] })],
    [
      'a part twice',
      'parts',
      (r2) =>
        r2.multipart.complete({
          ...upload,
          parts: [
            { partNumber: 1, etag: 'a' },
            { partNumber: 1, etag: 'b' },
          ],
        }),
    ],
    [
      'a source range without length',
      'sourceRange.length',
      (r2) =>
        r2.multipart.uploadPartCopy({
          ...upload,
          partNumber: 1,
          source: object,
          sourceRange: { offset: 0, length: 0 },
        }),
    ],
    ['a negative page', 'maxKeys', (r2) => r2.objects.list({ bucket: 'photos', maxKeys: -1 })],
    [
      'an unknown location',
      'locationHint',
      (r2) => r2.buckets.create({ bucket: 'photos', locationHint: anything('moon') }),
    ],
    ['no body', 'body', (r2) => r2.objects.put({ ...object, body: anything(undefined) })],
    ['a stream of unknown length', 'contentLength', (r2) => r2.objects.put({ ...object, body: new ReadableStream() })],
    ['a page size of zero', 'pageSize', async (r2) => r2.objects.listAll({ bucket: 'photos', pageSize: 0 }).collect(1)],
    [
      'half an object as a limit',
      'maxObjects',
      async (r2) => r2.objects.listAll({ bucket: 'photos', maxObjects: 0.5 }).collect(1),
    ],
  ]

  test.each(checks)('the client rejects %s before anything is sent, naming %s', async (_, field, call) => {
    const { r2, transport } = fakeClient()
    const error = await errorOf(call(r2))
    expect(error).toMatchObject({ kind: 'Validation', field, retryable: false })
    expect(transport.sent).toHaveLength(0)
  })

  test('an input error names operation, bucket and key', async () => {
    const { r2 } = fakeClient()
    const error = await errorOf(r2.objects.put({ ...object, body: '', contentType: 'ü' }))
    expect(error).toMatchObject({ operation: 'PutObject', ...object })
    expect(error.summary()).toContain('PutObject photos/cat.jpg')
  })

  test('rules that are stricter than those of R2 can be relaxed', async () => {
    const { r2, transport } = fakeClient(() => ({ headers: { etag: '"e"' } }), {
      validation: { bucketNames: 'r2', metadataBytesMax: 8192 },
    })
    await r2.objects.put({ bucket: 'a--b', key: 'k', body: '', metadata: { a: 'x'.repeat(8000) } })
    expect(transport.sent).toHaveLength(1)
  })

  test.each([
    [{ keyBytesMax: 1025 }, 'validation.keyBytesMax'],
    [{ metadataBytesMax: 8193 }, 'validation.metadataBytesMax'],
  ])('rules cannot permit more than R2 does: %j', (validation, field) => {
    expect(thrownBy(() => fakeClient(undefined, { validation }))).toMatchObject({ code: 'InvalidConfig', field })
  })
})

describe('secrets', () => {
  test('secrets are in no error, however it is printed, and in no dump of the client', async () => {
    const sessionToken = 'session-token-that-is-secret'
    const { r2, clock } = fakeClient(() => ({ status: 403 }), { credentials: { ...testCredentials, sessionToken } })
    const key = new Uint8Array(32).fill(9)
    const error = await clock.run(errorOf(r2.objects.get({ ...object, ssec: { key } })))
    const printed = [
      inspect(error, { depth: 10, showHidden: true }),
      JSON.stringify(error),
      String(error),
      error.stack,
      error.summary(),
      inspect(r2, { depth: 10, showHidden: true }),
      JSON.stringify(r2),
    ].join('\n')
    expect(printed).not.toContain(testCredentials.secretAccessKey)
    expect(printed).not.toContain(sessionToken)
    expect(printed).not.toContain(Buffer.from(key).toString('base64'))
    expect(printed).not.toContain('Signature=')
  })
})

describe('credential providers', () => {
  test('a credential provider is called once for all pending calls', async () => {
    let asked = 0
    const { r2 } = fakeClient(() => ({ headers: objectHeaders(0) }), {
      credentials: async () => {
        asked++
        return testCredentials
      },
    })
    await Promise.all([r2.objects.get(object), r2.objects.get(object), r2.objects.get(object)])
    await r2.objects.get(object)
    expect(asked).toBe(1)
  })

  test('an abort ends a call that waits for credentials', async () => {
    const { r2, transport } = fakeClient(undefined, { credentials: () => new Promise(() => undefined) })
    const controller = new AbortController()
    const work = errorOf(r2.objects.get(object, { signal: controller.signal }))
    controller.abort(new Error('enough'))
    expect(await work).toMatchObject({ code: 'Aborted', operation: 'GetObject' })
    expect(transport.sent).toHaveLength(0)
  })

  test('timeoutMs ends a call that waits for credentials', async () => {
    const { r2, clock } = fakeClient(undefined, { credentials: () => new Promise(() => undefined) })
    const work = errorOf(r2.objects.get(object, { timeoutMs: 1_000 }))
    await clock.advance(1_000)
    expect(await work).toMatchObject({ code: 'Timeout' })
  })

  test('a credential provider that fails is reported as InvalidCredentials', async () => {
    const cause = new Error('vault is sealed')
    const { r2, clock } = fakeClient(undefined, {
      credentials: () => {
        throw cause
      },
    })
    expect(await clock.run(errorOf(r2.objects.get(object)))).toMatchObject({ code: 'InvalidCredentials', cause })
  })
})

describe('keys that a transport cannot send', () => {
  test('keys that a transport cannot send are rejected before they are signed', async () => {
    let fetched = 0
    const { r2, clock } = fakeClient(undefined, {
      transport: new FetchTransport({
        fetch: async () => {
          fetched++
          return new Response('', { headers: { etag: '"e"' } })
        },
      }),
    })
    for (const key of ['a/../b', '..', './a', 'a/.']) {
      expect(await clock.run(errorOf(r2.objects.put({ bucket: 'photos', key, body: '' })))).toMatchObject({
        code: 'KeyNotSendable',
        attempts: 1,
        key,
      })
    }
    expect(fetched).toBe(0)
    await clock.run(r2.objects.put({ bucket: 'photos', key: '...', body: '' }))
    expect(fetched).toBe(1)
  })
})

describe('timeouts', () => {
  test.each<[string, (r2: R2Client) => Promise<unknown>, number]>([
    ['a small object', (r2) => r2.objects.put({ ...object, body: new Uint8Array(999_999) }), 60_000],
    ['a large object', (r2) => r2.objects.put({ ...object, body: new Uint8Array(1_000_000) }), 300_000],
    ['a read', (r2) => r2.objects.get(object), 60_000],
    ['a list', (r2) => r2.objects.list({ bucket: 'photos' }), 120_000],
    ['a part', (r2) => r2.multipart.uploadPart({ ...upload, partNumber: 1, body: 'x' }), 120_000],
    ['a completion', (r2) => r2.multipart.complete({ ...upload, parts: [{ partNumber: 1, etag: 'e' }] }), 120_000],
  ])('the timeout of %s is that of its class', async (_, call, timeoutMs) => {
    const { r2, transport, clock } = fakeClient(() => ({ status: 400 }))
    await clock.run(errorOf(call(r2)))
    expect(transport.sent[0]).toMatchObject({ bounds: { timeoutMs, stallTimeoutMs: 30_000 } })
  })

  test('each timeout can be set in the options of the client', async () => {
    const { r2, transport, clock } = fakeClient(() => ({ status: 400 }), {
      timeouts: { smallObjectMs: 1, listMs: 2, stallTimeoutMs: 3 },
    })
    await clock.run(errorOf(r2.objects.get(object)))
    await clock.run(errorOf(r2.objects.list({ bucket: 'photos' })))
    expect(transport.sent).toMatchObject([
      { bounds: { timeoutMs: 1, stallTimeoutMs: 3 } },
      { bounds: { timeoutMs: 2, stallTimeoutMs: 3 } },
    ])
  })
})

describe('dispose', () => {
  test('dispose closes the transport; later calls and presigning fail with ClientClosed', async () => {
    const { r2, transport } = fakeClient()
    await r2.dispose()
    expect(transport.closed).toBe(true)
    expect(await errorOf(r2.objects.get(object))).toMatchObject({ code: 'ClientClosed', operation: 'GetObject' })
    expect(await errorOf(r2.presign.get(object))).toMatchObject({ code: 'ClientClosed' })
    expect(transport.sent).toHaveLength(0)
  })

  test('an await using block disposes the client, and a second dispose has no effect', async () => {
    const { r2, transport } = fakeClient()
    {
      await using client = r2
      expect(client.endpoint).toContain('r2.cloudflarestorage.com')
    }
    expect(transport.closed).toBe(true)
    await r2.dispose()
  })

  test('dispose ends a call that waits for its next attempt with ClientClosed', async () => {
    const { r2, clock } = fakeClient(() => ({ status: 500 }))
    const work = errorOf(r2.objects.get(object))
    await clock.advance(50)
    await r2.dispose()
    await clock.advance(1_000)
    expect(await work).toMatchObject({ code: 'ClientClosed' })
  })
})

describe('output of a read', () => {
  test('an object is decoded as text and as JSON in UTF-8', async () => {
    const body = JSON.stringify({ greeting: 'grüße 😀' })
    const { r2 } = fakeClient(() => ({ headers: objectHeaders(Buffer.byteLength(body)), body }))
    const object1 = await r2.objects.get(object)
    expect(object1.text()).toBe(body)
    expect(object1.json<{ greeting: string }>().greeting).toBe('grüße 😀')
  })

  test('metadata in any script is returned as it was stored', async () => {
    const metadata = {
      plain: 'a b',
      umlaut: 'grüße',
      emoji: '👩‍👩‍👧‍👦',
      tab: 'a\tb',
      looks: '=?UTF-8?B?YQ==?=',
      empty: '',
    }
    const kept: Record<string, string> = {}
    const { r2 } = fakeClient(({ method, headers }) => {
      if (method === 'PUT') Object.assign(kept, headers)
      const meta = Object.fromEntries(Object.entries(kept).filter(([name]) => name.startsWith('x-amz-meta-')))
      return { headers: objectHeaders(0, meta) }
    })
    await r2.objects.put({ ...object, body: '', metadata })
    for (const value of Object.values(kept)) expect(value).toMatch(/^[\t\x20-\x7e]*$/)
    expect((await r2.objects.head(object)).metadata).toEqual(metadata)
  })
})

describe('a transport given as a function', () => {
  test('receives the platform transport with the connections of the client, and returns the one to use', async () => {
    const fake = new FakeTransport(() => ({ status: 204 }))
    const seen: string[] = []
    const r2 = new R2Client({
      endpoint: 'https://r2.test',
      credentials: testCredentials,
      connections: { maxConnections: 3 },
      transport: (platform) => {
        seen.push(platform.name)
        return fake
      },
    })
    await r2.objects.delete(object)
    expect(seen).toEqual([expect.any(String)])
    expect(fake.sent).toHaveLength(1)
    await r2.dispose()
    expect(fake.closed).toBe(true)
  })

  test('that returns no transport is rejected', () => {
    const options = { endpoint: 'https://r2.test', credentials: testCredentials, transport: () => anything({}) }
    expect(() => new R2Client(options)).toThrow(/transport\(platform\)/)
  })

  test('is how the builder records and replays', async () => {
    const fake = new FakeTransport(() => ({ status: 204 }))
    const recorder = { wrap: () => fake }
    const builder = () => new R2ClientBuilder().endpoint('https://r2.test').credentials('a'.repeat(32), 'b'.repeat(64))
    await builder().withRecorder(recorder).build().objects.delete(object)
    await builder().withReplayTransport(fake).build().objects.delete(object)
    expect(fake.sent).toHaveLength(2)
  })
})
