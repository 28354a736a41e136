/** The default transport on Node and Deno. Selected by the import condition `#transport`. */
import type { Clock } from '../base/clock.js'
import type { Streams } from './bounded-exchange.js'
import type { ConnectionOptions } from './connection-options.js'
import { DeferredTransport } from './deferred-transport.js'
// Before a test can replace the timers; undici itself is loaded by the first request.
import './native-timers.js'
import type { Transport } from './transport.js'

export const createDefaultTransport = (options: {
  connections: ConnectionOptions
  clock: Clock
  onConnections?: ((count: number) => void) | undefined
  loadStreams?: (() => Promise<Streams>) | undefined
  /** For programs that end after some thousand requests: nothing is compiled for more. HTTP/2 has no such transport. */
  isShortLived?: boolean | undefined
}): Transport =>
  new DeferredTransport('undici', async () => {
    if (options.isShortLived === true && options.connections.http2 !== true) {
      const { Http1Transport } = await import('./http1/http1-transport.js')
      return new Http1Transport(options)
    }
    const { UndiciTransport } = await import('./undici/undici-transport.js')
    return new UndiciTransport(options)
  })
