/** How `fetch` is given a body that flows. Loaded by the first one: most bodies are in memory. */
import { countedSource, type Turns } from './body/counted-source.js'
import type { HeaderFields, RequestBody } from './message.js'

/** What is told of a streamed request body. */
export interface Upload extends Turns {
  /** The last byte has been taken. */
  sent(): void
  failed(error: unknown): void
}

/** What `fetch` is called with; `duplex` is what platforms want said where a body flows. */
export type FetchInit = RequestInit & { headers: HeaderFields; duplex?: 'half' }

/** Adds the body, and its length. Node takes the length from the header, Workers from a FixedLengthStream; browsers ignore both and send chunks. */
export const addStream = (init: FetchInit, body: Extract<RequestBody, { kind: 'stream' }>, upload: Upload): void => {
  const { FixedLengthStream } = globalThis as {
    FixedLengthStream?: new (length: number) => TransformStream<Uint8Array, Uint8Array>
  }
  const { contentLength } = body
  const stream = streamOf(body.open(), contentLength, upload)
  init.headers['content-length'] = String(contentLength)
  init.body = FixedLengthStream === undefined ? stream : stream.pipeThrough(new FixedLengthStream(contentLength))
  init.duplex = 'half'
}

const streamOf = (
  source: AsyncIterable<Uint8Array>,
  contentLength: number,
  upload: Upload,
): ReadableStream<Uint8Array> => {
  const iterator = countedSource(source[Symbol.asyncIterator](), contentLength, upload)
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await iterator.next()
          if (!done) return controller.enqueue(value)
          upload.sent()
          controller.close()
        } catch (error) {
          upload.failed(error)
          await iterator.return?.()
          throw error
        }
      },
      cancel: async () => {
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
