/** Request bodies that stream, as `fetch` takes them. Loaded by the first one: most bodies are in memory. */
import type { RequestBody } from './transport.js'

/** `duplex` is required by platforms where a body streams. */
export type FetchInit = RequestInit & { duplex?: 'half' }

/** Adds the body. Node takes its length from the header, Workers from a FixedLengthStream; browsers ignore both and send chunks. */
export const addStream = (init: FetchInit, body: Extract<RequestBody, { kind: 'stream' }>): void => {
  const { FixedLengthStream } = globalThis as {
    FixedLengthStream?: new (length: number) => TransformStream<Uint8Array, Uint8Array>
  }
  const stream = streamOf(body.open()[Symbol.asyncIterator]())
  init.body = FixedLengthStream === undefined ? stream : stream.pipeThrough(new FixedLengthStream(body.contentLength))
  init.duplex = 'half'
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
