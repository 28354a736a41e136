/** The transport a client gets where there is only `fetch`, which owns its sockets. Chosen by the import condition `#transport`. */
import type { Clock } from '../base/clock.js'
import type { ConnectionOptions } from './connection-options.js'
import { FetchTransport } from './fetch-transport.js'
import type { Transport } from './transport.js'

export const createDefaultTransport = (options: { connections: ConnectionOptions; clock: Clock }): Transport =>
  new FetchTransport({ clock: options.clock, closeTimeoutMs: options.connections.closeTimeoutMs })
