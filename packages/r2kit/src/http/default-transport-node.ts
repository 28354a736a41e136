/** The default transport on Node. Selected by the import condition `#transport`. */
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
}): Transport =>
  new DeferredTransport('undici', async () => {
    const { UndiciTransport } = await import('./undici/undici-transport.js')
    return new UndiciTransport(options)
  })
