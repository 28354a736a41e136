import { SocketTransport, type SocketTransportOptions } from './socket-transport.js'
import { makeUndiciClient } from './undici-client.js'

/** The transport on Node: undici's `dispatch` is the shortest way to the wire there. */
export class UndiciTransport extends SocketTransport {
  constructor(options: SocketTransportOptions = {}) {
    super('undici', { makeClient: makeUndiciClient, readsByStream: true }, options)
  }
}
