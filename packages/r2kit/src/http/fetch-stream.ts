/** How the body of `fetch`'s response becomes a stream. Loaded by the first request for one: most bodies are in memory. */
import { R2Error } from '../errors/index.js'
import { checkLength } from './collect-body.js'
import type { FetchExchange } from './fetch-exchange.js'
import type { HeaderFields } from './message.js'

/** The body under a watch that runs only while a read waits for the peer. */
export const streamBody = (
  exchange: FetchExchange,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  headers: HeaderFields,
): ReadableStream<Uint8Array> => {
  const { request, clock, startMs } = exchange
  const { origin, timeoutMs, timeoutCovers, stallTimeoutMs } = request
  const interrupted = (what: string) => () => new R2Error('StreamInterrupted', what)
  const stalled = interrupted(`no byte from ${origin} for ${stallTimeoutMs} ms`)
  const unfinished = interrupted(`the response from ${origin} did not end within ${timeoutMs} ms`)
  let leftMs = timeoutCovers === 'response' ? startMs + timeoutMs - clock.monotonicMs() : Number.POSITIVE_INFINITY
  let size = 0
  exchange.holdFor('reader')
  // A connection that breaks while it is not being read ends the request as well.
  reader.closed.catch(() => exchange.end())
  return new ReadableStream<Uint8Array>(
    {
      start: (sink) => exchange.whenAborted((reason) => sink.error(exchange.failed(reason))),
      pull: async (sink) => {
        const sinceMs = clock.monotonicMs()
        if (leftMs <= stallTimeoutMs) exchange.expectPeerWithin(leftMs, unfinished)
        else exchange.expectPeerWithin(stallTimeoutMs, stalled)
        try {
          const { done, value } = await reader.read()
          exchange.holdFor('reader')
          leftMs -= clock.monotonicMs() - sinceMs
          size += value?.byteLength ?? 0
          if (!done) return sink.enqueue(value)
          checkLength(request, headers, size)
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
