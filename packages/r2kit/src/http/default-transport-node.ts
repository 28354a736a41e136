/** The transport a client gets on Node when it is given none. Chosen by the import condition `#transport`. */
import type { Clock } from '../base/clock.js'
import type { ConnectionOptions } from './connection-options.js'
import type { Transport } from './message.js'
import { UndiciTransport } from './undici/undici-transport.js'

export const createDefaultTransport = (options: { connections: ConnectionOptions; clock: Clock }): Transport =>
  new UndiciTransport(options)
