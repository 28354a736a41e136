/** Sources that were already read are rejected before anything is sent, so that the rest of a stream is never stored as the object. */

import { once } from 'node:events'
import { Readable } from 'node:stream'
import type { R2Client } from 'r2kit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Fault } from '../support/faulty-transport.js'
import { errorOf } from '../support/results.js'
import { bucket, type UploadHarness, uploadHarness } from '../support/upload-harness.js'

let harness: UploadHarness
let uploadId: string
beforeAll(async () => {
  // A transfer retries buffered parts until it has made no progress for this long.
  harness = await uploadHarness({ transfers: { noProgressTimeoutMs: 200 } })
  uploadId = (await harness.r2.multipart.create({ bucket, key: 'part' })).uploadId
})
afterAll(async () => harness[Symbol.asyncDispose]())
beforeEach(() => {
  harness.transport.faultOf = () => undefined
  harness.transport.seen.length = 0
})

type Stream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>

const bytes = new Uint8Array(1000).fill(7)
const contentLength = bytes.byteLength
async function* generated() {
  yield bytes.subarray(0, 600)
  yield bytes.subarray(600)
}
const webStream = (): ReadableStream<Uint8Array> => ReadableStream.from(generated())
const readAll = async (stream: Stream) => {
  for await (const _ of stream as AsyncIterable<Uint8Array>) {
    // Reads everything.
  }
}
const readOnce = async (stream: ReadableStream<Uint8Array>) => {
  const reader = stream.getReader()
  await reader.read()
  reader.releaseLock()
}
const after = async <T>(source: T, action: (source: T) => unknown): Promise<T> => {
  await action(source)
  return source
}

const spent: Record<string, () => Promise<Stream>> = {
  'a Web stream that was read completely': () => after(webStream(), readAll),
  'a Web stream whose first chunk was read': () => after(webStream(), readOnce),
  'a Web stream that has a reader': () => after(webStream(), (stream) => stream.getReader()),
  'a Web stream that was cancelled': () => after(webStream(), (stream) => stream.cancel()),
  'a Web stream after tee()': () => after(webStream(), (stream) => stream.tee()),
  'a stream of a Blob that was read': () => after(new Blob([bytes]).stream(), readAll),
  'the body of a Response that was read': async () => {
    const response = new Response(bytes)
    const { body } = response
    await response.text()
    return body as ReadableStream<Uint8Array>
  },
  'a Node stream that was read completely': () => after(Readable.from(generated()), readAll),
  'a Node stream whose first chunk was read': () =>
    after(Readable.from(generated()), async (stream) => {
      const first = once(stream, 'data')
      await first
      stream.pause()
    }),
  'a Node stream that was destroyed': () => after(Readable.from(generated()), (stream) => stream.destroy()),
}

const calls: Record<string, (r2: R2Client, source: Stream) => Promise<unknown>> = {
  put: (r2, body) => r2.objects.put({ bucket, key: 'key', body, contentLength }),
  uploadPart: (r2, body) =>
    r2.multipart.uploadPart({ bucket, key: 'part', uploadId, partNumber: 1, body, contentLength }),
  upload: async (r2, source) => r2.transfers.upload(source, { bucket, key: 'key' }),
  'upload of a declared length': async (r2, source) =>
    r2.transfers.upload(source, { bucket, key: 'key', contentLength }),
}

describe.each(Object.entries(calls))('%s', (name, call) => {
  test.each(Object.entries(spent))(`${name} rejects %s before anything is sent`, async (_, make) => {
    const error = await errorOf(call(harness.r2, await make()))
    expect(error).toMatchObject({
      code: 'InvalidInput',
      field: expect.stringMatching(/^(body|source)$/),
      retryable: false,
    })
    expect(error.message).toMatch(/has already been read|has locked/)
    expect(harness.transport.seen).toEqual([])
  })

  test.each(Object.entries({ 'a Web stream': webStream, 'a generator': generated }))(
    `${name} rejects %s that it has stored before`,
    async (_, make) => {
      const source = make()
      await call(harness.r2, source)
      harness.transport.seen.length = 0
      expect(await errorOf(call(harness.r2, source))).toMatchObject({ code: 'InvalidInput', retryable: false })
      expect(harness.transport.seen).toEqual([])
    },
  )

  test.each(
    Object.entries({
      'a Web stream': webStream,
      'a Blob’s stream': () => new Blob([bytes]).stream(),
      'a generator': generated,
      'a Node stream': () => Readable.from(generated()),
    }),
  )(`${name} fails with an error that is not retryable if %s was consumed, and then rejects it`, async (_, make) => {
    const source = make()
    harness.transport.faultOf = async ({ request }): Promise<Fault> => {
      const { body } = request
      if (body.kind === 'stream') await readAll(body.open())
      return 'lose-request'
    }
    expect((await errorOf(call(harness.r2, source))).retryable).toBe(false)
    harness.transport.seen.length = 0
    harness.transport.faultOf = () => undefined
    expect(await errorOf(call(harness.r2, source))).toMatchObject({ code: 'InvalidInput', retryable: false })
    expect(harness.transport.seen).toEqual([])
  })
})
