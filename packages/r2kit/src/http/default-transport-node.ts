/** The transport a client gets on Node when it is given none. Chosen by the import condition `#transport`. */
import type { Transport } from './message.js'
import { UndiciTransport, type UndiciTransportOptions } from './undici/undici-transport.js'

export type DefaultTransportOptions = UndiciTransportOptions

export const createDefaultTransport = (options: DefaultTransportOptions): Transport => new UndiciTransport(options)
