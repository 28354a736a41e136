import { Http1Client } from '../http1/http1-client.js'
import { SocketTransport, type SocketTransportOptions } from '../undici/socket-transport.js'
import { bunConnector } from './bun-connector.js'

/**
 * The transport on Bun: an HTTP/1.1 client of our own on Bun's own sockets. Undici costs more there and cuts some bodies, and Bun's
 * `fetch` changes paths and has no limits of its own. docs/decisions/2026-11-27-bun-transport.md has the measurements.
 */
export class BunTransport extends SocketTransport {
  constructor(options: SocketTransportOptions = {}) {
    // The client reads each socket's stream.
    const connections = { ...options.connections, reuseReadBuffer: false }
    super(
      'bun',
      { makeClient: (settings) => new Http1Client(settings), makeConnector: bunConnector },
      { ...options, connections },
    )
  }
}
