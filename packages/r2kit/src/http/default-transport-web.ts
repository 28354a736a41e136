/** The transport a client gets where there is only `fetch`. Chosen by the import condition `#transport`. */
import { FetchTransport, type FetchTransportOptions } from './fetch-transport.js'
import type { Transport } from './message.js'

export type DefaultTransportOptions = FetchTransportOptions

export const createDefaultTransport = (options: DefaultTransportOptions): Transport => new FetchTransport(options)
