/** Bodies that stream, as `fetch` takes them. Loaded with the other code for streams. */
import { isBrowser } from './content-coding.js'
import type { FetchInit } from './fetch-init.js'
import type { RequestBody } from './transport.js'

/** Adds the body. Node takes its length from the header, Workers from a FixedLengthStream, browsers from a Blob. */
export const addStream = async (init: FetchInit, body: Extract<RequestBody, { kind: 'stream' }>): Promise<void> => {
  const { FixedLengthStream } = globalThis as {
    FixedLengthStream?: new (length: number) => TransformStream<Uint8Array, Uint8Array>
  }
  if (FixedLengthStream === undefined && isBrowser()) {
    init.body = await asBlob(body)
    return
  }
  const stream = streamOf(body.open()[Symbol.asyncIterator]())
  init.body = FixedLengthStream === undefined ? stream : stream.pipeThrough(new FixedLengthStream(body.contentLength))
  init.duplex = 'half'
}

/**
 * The body as a Blob: the `fetch` of browsers sends streams over HTTP/2 only, or not at all. All chunks are read first, because
 * layers hash and count them on their way. A body that is a Blob already is then sent as it is: a large file is never copied.
 */
const asBlob = async (body: Extract<RequestBody, { kind: 'stream' }>): Promise<Blob> => {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  for await (const chunk of body.open()) if (body.blob === undefined) chunks.push(chunk as Uint8Array<ArrayBuffer>)
  return body.blob ?? new Blob(chunks)
}

const streamOf = (source: AsyncIterator<Uint8Array>): ReadableStream<Uint8Array> =>
  new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await source.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: async () => {
        await source.return?.()
      },
    },
    { highWaterMark: 0 },
  )
