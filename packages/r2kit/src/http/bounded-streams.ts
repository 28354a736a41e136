/** Streams of a `BoundedTransport`, in both directions. Loaded by the first request with a stream: most bodies are in memory. */
import type { R2Error } from '../errors/index.js'
import { countedSource } from './body/counted-source.js'
import type { PeerWatch } from './peer-watch.js'
import { requireLength } from './response-collector.js'
import { StreamWatch } from './stream-watch.js'
import type { HttpRequest } from './transport.js'

export { StreamWatch }

/** The request that the streams belong to; its watch is a `StreamWatch`. */
export interface Watched {
  readonly watch: PeerWatch
  /** Called when the request has ended in any way. */
  whenEnded: (() => void) | undefined
  /** Ends the request with an error of the caller's side. */
  abort(error: unknown): void
  /** Calls `action` when the request is aborted; immediately where it has been. */
  whenAborted(action: (reason: unknown) => unknown): void
  /** Ends the request, and returns its error. */
  failed(cause: unknown): R2Error
  /** Ends the request, which has its response. */
  end(): void
}

/** The body of a response. Its time limits count only while a read waits for the peer. */
export const watchedBody = (
  exchange: Watched,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  exactLength: string | undefined,
  hidesHeaders: boolean | undefined,
): ReadableStream<Uint8Array> => {
  const watch = exchange.watch as StreamWatch
  let size = 0
  watch.streaming()
  watch.holdFor('reader')
  // A connection that breaks between two reads also ends the request.
  reader.closed.catch(() => exchange.end())
  return new ReadableStream<Uint8Array>(
    {
      start: (sink) => exchange.whenAborted((reason) => sink.error(exchange.failed(reason))),
      pull: async (sink) => {
        watch.expectBytes()
        try {
          const { done, value } = await reader.read()
          watch.holdFor('reader')
          size += value?.byteLength ?? 0
          if (!done) return sink.enqueue(value)
          await requireLength(size, exactLength, hidesHeaders)
          exchange.end()
          sink.close()
        } catch (cause) {
          throw exchange.failed(cause)
        }
      },
      cancel: async (reason) => {
        exchange.end()
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

/**
 * The fields of a request whose body streams: its source is counted against its declared length, and released when the request
 * ends. A failure of the source ends the request, which not every platform does by itself.
 */
export const watchedUpload = (
  exchange: Watched,
  { body, headers }: HttpRequest,
): Pick<HttpRequest, 'body' | 'headers'> => {
  if (body.kind !== 'stream') return { body, headers }
  const watch = exchange.watch as StreamWatch
  const { contentLength } = body
  const open = () => {
    const counted = countedSource(body.open()[Symbol.asyncIterator](), contentLength, watch)
    // Also after a response that came before the last byte was sent. A source that has ended ignores it.
    exchange.whenEnded = () => counted.return?.().catch(ignore)
    const next = async (): Promise<IteratorResult<Uint8Array>> => {
      try {
        const result = await counted.next()
        if (result.done) watch.requestSent()
        return result
      } catch (error) {
        exchange.abort(error)
        throw error
      }
    }
    return { [Symbol.asyncIterator]: () => ({ ...counted, next }) }
  }
  return { body: { ...body, open }, headers: { ...headers, 'content-length': String(contentLength) } }
}

const ignore = (): void => undefined
