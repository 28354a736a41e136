/** The default transport on Bun. Selected by the import condition `#transport`. */
import type { Clock } from '../base/clock.js'
import type { Streams } from './bounded-exchange.js'
import type { ConnectionOptions } from './connection-options.js'
import { DeferredTransport } from './deferred-transport.js'
// Before a test can replace the timers.
import './native-timers.js'
import type { Transport } from './transport.js'

export const createDefaultTransport = (options: {
  connections: ConnectionOptions
  clock: Clock
  onConnections?: ((count: number) => void) | undefined
  loadStreams?: (() => Promise<Streams>) | undefined
  isShortLived?: boolean | undefined
}): Transport =>
  new DeferredTransport('bun', async () => {
    if (options.connections.http2 === true) {
      const { UndiciTransport } = await import('./undici/undici-transport.js')
      return new UndiciTransport(options)
    }
    const { BunTransport } = await import('./bun/bun-transport.js')
    return new BunTransport(options)
  })
