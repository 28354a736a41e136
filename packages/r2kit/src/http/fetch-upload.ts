/** Bodies that stream and conditional writes, as `fetch` takes them. Loaded by the first one: most writes are neither. */
import { isBrowser } from './content-coding.js'
import type { RequestBody } from './transport.js'

/** `duplex` is required by platforms where a body streams. */
export type FetchInit = RequestInit & { duplex?: 'half' }

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

/**
 * Chooses a cache mode in which `fetch` adds no header. In its mode `default` it adds `Cache-Control: no-cache` to a conditional
 * request (Fetch Standard, HTTP-network-or-cache fetch), and R2 would store that with the object. In `force-cache` it adds
 * nothing, and no cache responds to a write.
 */
export const leaveDefaultCacheMode = (init: RequestInit): void => {
  const mode = { cache: 'force-cache' } as RequestInit
  try {
    // Workers reject this mode.
    new Request('http://localhost', mode)
    Object.assign(init, mode)
  } catch {
    // Such a platform adds no header either.
  }
}
