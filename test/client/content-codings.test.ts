/** Objects with a Content-Encoding over Node's `fetch`, which undoes codings: every read returns the bytes as they are stored. */
import { FetchTransport, type HttpRequest } from 'r2kit'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { codedObjects } from '../support/coded-objects.mjs'
import { bucket, object, startServer } from '../support/inputs/mistake-suite.js'
import { errorOf } from '../support/results.js'

const { r2, sent } = await startServer()
const read = async (stream: ReadableStream<Uint8Array>) => Buffer.from(await new Response(stream).arrayBuffer())

const coded = await codedObjects()
for (const { name, base64 } of coded) {
  const body = Buffer.from(base64, 'base64')
  await r2.objects.put({ bucket, key: name, body, contentEncoding: name.replace(' (wrong)', '') })
}

describe.each(coded)('an object with the coding $name', ({ name, base64 }) => {
  const stored = Buffer.from(base64, 'base64')
  const at = { bucket, key: name }

  test(`get returns the stored bytes of an object with the coding ${name}, and its coding`, async () => {
    const { body, contentEncoding, size } = await r2.objects.get(at)
    expect(Buffer.from(body)).toEqual(stored)
    expect(contentEncoding).toBe(name.replace(' (wrong)', ''))
    expect(size).toBe(stored.byteLength)
  })

  test.each([{}, { resume: false }])(
    `getStream with %o returns the stored bytes of the coding ${name}`,
    async (given) => {
      expect(await read((await r2.objects.getStream(at, given)).body)).toEqual(stored)
    },
  )

  test(`a range is one of the stored bytes of the coding ${name}`, async () => {
    const range = { offset: 3, length: 5 }
    expect(Buffer.from((await r2.objects.get({ ...at, range })).body)).toEqual(stored.subarray(3, 8))
    expect(await read((await r2.objects.getStream({ ...at, range })).body)).toEqual(stored.subarray(3, 8))
  })

  test(`transfers.download returns the stored bytes of the coding ${name}`, async () => {
    expect(Buffer.from((await r2.transfers.download(at, 'bytes')).body)).toEqual(stored)
  })
})

test('an object without a coding is read by one request', async () => {
  await r2.objects.put({ ...object, body: 'plain' })
  const before = sent()
  await r2.objects.get(object)
  expect(sent() - before).toBe(1)
})

test('a server that ignores the override is refused with the coding as the reason', async () => {
  const fetch = async () => new Response('x', { headers: { etag: '"a"', 'content-encoding': 'gzip' } })
  const transport = new FetchTransport({ fetch })
  const { R2Client } = await import('r2kit')
  const client = new R2Client({ endpoint: 'https://r2.example.com', credentials: keys, transport })
  const error = await errorOf(client.objects.get(object))
  expect(error).toMatchObject({ code: 'InvalidResponse', retryable: false })
  expect(error.message).toContain('content coding of the object (gzip)')
})

const keys = { accessKeyId: 'a'.repeat(32), secretAccessKey: 'b'.repeat(64) }

/** In a browser, where `fetch` sends no streams over HTTP/1.1. */
describe('the fetch of a page', () => {
  const sentBy = async (body: HttpRequest['body']) => {
    vi.stubGlobal('document', {})
    onTestFinished(() => {
      vi.unstubAllGlobals()
    })
    const bodies: unknown[] = []
    const fetch = async (_: string, init: RequestInit) => {
      bodies.push(init.body)
      return new Response('')
    }
    await new FetchTransport({ fetch }).send({
      method: 'PUT',
      origin: 'http://r2.example.com',
      path: '/photos/cat.jpg',
      query: '',
      headers: {},
      body,
      responseBody: 'bytes',
      bounds: { maxResponseBytes: 10, timeoutMs: 1000, stallTimeoutMs: 1000 },
      signal: undefined,
    })
    return bodies[0]
  }
  const chunks = async function* () {
    yield new Uint8Array([97])
    yield new Uint8Array([98])
  }

  test('receives a stream as a Blob of its bytes', async () => {
    const body = await sentBy({ kind: 'stream', contentLength: 2, canOpen: () => true, open: chunks })
    expect(await (body as Blob).text()).toBe('ab')
  })

  test('receives a Blob as it is, after its bytes were counted', async () => {
    const blob = new Blob(['ab'])
    expect(await sentBy({ kind: 'stream', contentLength: 2, canOpen: () => true, blob, open: chunks })).toBe(blob)
    const wrong = sentBy({ kind: 'stream', contentLength: 3, canOpen: () => true, blob, open: chunks })
    expect(await errorOf(wrong)).toMatchObject({ code: 'SourceFailed' })
  })
})
