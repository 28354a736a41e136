/** Shared by the parts of the transport suite: a minimal request, a transport with a server, and request bodies. */
import { createHash } from 'node:crypto'
import type { HttpRequest, RequestBounds, Transport } from 'r2kit'
import { onTestFinished } from 'vitest'
import { type Peer, type RawServer, rawServer } from '../raw-server.js'
import { VirtualClock } from '../virtual-clock.js'

export interface TransportUnderTest {
  readonly name: string
  create(clock: VirtualClock): Transport
}

/** A minimal request. Its limits are given beside its other fields. */
export const request = (
  server: Pick<RawServer, 'origin'>,
  {
    maxResponseBytes = 1_000_000,
    timeoutMs = 60_000,
    timeoutCovers,
    largeResponse,
    stallTimeoutMs = 30_000,
    ...changes
  }: Partial<HttpRequest & RequestBounds> = {},
): HttpRequest => ({
  method: 'GET',
  origin: server.origin,
  path: '/bucket/key',
  query: '',
  headers: { host: new URL(server.origin).host },
  body: { kind: 'empty' },
  responseBody: 'bytes',
  bounds: { maxResponseBytes, timeoutMs, timeoutCovers, largeResponse, stallTimeoutMs },
  signal: undefined,
  ...changes,
})

/** A transport and a server that are closed after the test. */
export const pair = async (
  create: (clock: VirtualClock) => Transport,
  serve: (peer: Peer) => Promise<void> | void,
): Promise<{ transport: Transport; server: RawServer; clock: VirtualClock }> => {
  const clock = new VirtualClock()
  const transport = create(clock)
  const server = await rawServer(serve)
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]()
    const closing = transport.close()
    // Advances past the grace period for bodies that the test has not read.
    await clock.advance(60_000)
    await closing
  })
  return { transport, server, clock }
}

/** A signal that counts its listeners. */
export const countedSignal = (): { controller: AbortController; signal: AbortSignal; listeners(): number } => {
  const controller = new AbortController()
  const { signal } = controller
  const present = new Set<unknown>()
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
  signal.addEventListener = (...parameters: Parameters<typeof add>) => {
    present.add(parameters[1])
    add(...parameters)
  }
  signal.removeEventListener = (...parameters: Parameters<typeof remove>) => {
    present.delete(parameters[1])
    remove(...parameters)
  }
  return { controller, signal, listeners: () => present.size }
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** A request body that is read from what `open` yields. */
export const streamed = (contentLength: number, open: () => AsyncIterable<Uint8Array>): HttpRequest['body'] => ({
  kind: 'stream',
  contentLength,
  canOpen: () => true,
  open,
})

/** A stream body that records how many chunks were read and whether it was cancelled. */
export const chunked = (chunks: readonly Uint8Array[], contentLength: number) => {
  const state = { taken: 0, cancelled: false }
  const body = streamed(contentLength, async function* () {
    try {
      for (const chunk of chunks) {
        state.taken++
        yield chunk
      }
    } finally {
      state.cancelled = true
    }
  })
  return { body, state }
}
