/** The default transport on platforms with `fetch` only, which owns its sockets. Selected by the import condition `#transport`. */
import type { Clock } from '../base/clock.js'
import type { Streams } from './bounded-exchange.js'
import type { ConnectionOptions } from './connection-options.js'
import { PlatformFetch } from './platform-fetch.js'
import type { Transport } from './transport.js'

export const createDefaultTransport = (options: {
  connections: ConnectionOptions
  clock: Clock
  onConnections?: ((count: number) => void) | undefined
  loadStreams?: (() => Promise<Streams>) | undefined
  isShortLived?: boolean | undefined
}): Transport => {
  const { clock, connections, loadStreams } = options
  return new PlatformFetch({ clock, closeTimeoutMs: connections.closeTimeoutMs, loadStreams })
}
