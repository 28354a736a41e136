import { SocketTransport, type SocketTransportOptions } from '../undici/socket-transport.js'
import { Http1Client } from './http1-client.js'

/**
 * The transport of programs that end soon, on Node: undici's parser is WebAssembly, which such a program would compile for a few
 * thousand requests. docs/decisions/2026-11-27-small-files-and-get-path.md has the measurements.
 */
export class Http1Transport extends SocketTransport {
  constructor(options: SocketTransportOptions = {}) {
    super('http1', { makeClient: (settings) => new Http1Client(settings) }, options)
  }
}
