/**
 * HTTP/2, where it is chosen: one session carries many requests at once (RFC 9113, section 5). Why it is not the default:
 * docs/decisions/2026-11-22-http-version.md.
 */
import type { buildConnector, Dispatcher } from 'undici'
import type Client from 'undici/lib/dispatcher/client.js'
import { R2Error } from '../../errors/index.js'
import type { Connector, Dispatchable, Started } from './connection-pool.js'

/** Most requests at once; what servers commonly allow (RFC 9113, section 6.5.2, recommends no fewer than 100). */
export const sessionRequestsMax = 100

/** A session that is shared by all requests whose body is in memory. A streamed body has a session of its own. */
export class Http2Session {
  readonly #client: Client
  #running = 0

  constructor(client: Client) {
    this.#client = client
  }

  /**
   * Starts the exchange, or says that it has to go elsewhere: undici starts no streamed body beside other requests, and
   * one that waited for a download to end which feeds it would wait for ever.
   */
  dispatch(options: Dispatcher.DispatchOptions, exchange: Dispatchable, started: Started): boolean {
    const inMemory = options.body == null || options.body instanceof Uint8Array
    if (!inMemory || this.#running >= sessionRequestsMax) return false
    this.#running++
    started(() => {
      this.#running--
    })
    // Undici sends alone what is not idempotent, and repeats nothing by itself that has reached the wire.
    this.#client.dispatch({ ...options, idempotent: true }, exchange)
    return true
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}

/** A connector that accepts HTTP/2 only: on HTTP/1.1 the requests of a session would have to go one after the other. */
export const http2Only =
  (connect: Connector, origin: string): Connector =>
  (options, callback) =>
    connect(options, (...[error, socket]: Parameters<buildConnector.Callback>) => {
      if (error !== null) return callback(error, null)
      if ('alpnProtocol' in socket && socket.alpnProtocol === 'h2') return callback(null, socket)
      socket.destroy()
      const refusal = new R2Error('InvalidConfig', `${origin} does not speak HTTP/2`, {
        field: 'connections.http2',
        hint: 'Leave out connections.http2; over plain HTTP there is only HTTP/1.1.',
      })
      callback(refusal, null)
    })
