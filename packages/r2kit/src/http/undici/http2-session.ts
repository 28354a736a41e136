/**
 * HTTP/2, where it is chosen: one session carries many requests at once (RFC 9113, section 5). Why it is not the default:
 * docs/decisions/2026-11-22-http-version.md.
 */
import type { buildConnector, Dispatcher } from 'undici'
import { R2Error } from '../../errors/index.js'
import { abandon, type Connection, type Connector, type Dispatchable, destroy } from './connection.js'

/** Most requests in flight on one session; what servers commonly allow (RFC 9113, section 6.5.2, recommends no fewer than 100). */
export const sessionRequestsMax = 100

/** A session that is shared by all requests whose body is in memory. A streamed body has a session of its own. */
export class Http2Session {
  readonly running = new Set<Dispatchable>()
  readonly #connection: Connection
  readonly #freed: () => void

  /** @param freed called after a request has ended, when the session has room for another one */
  constructor(connection: Connection, freed: () => void) {
    this.#connection = connection
    this.#freed = freed
  }

  /**
   * Starts the exchange and returns true, unless the session is full or the body streams: undici starts no streamed body beside
   * other requests, and one that is fed by a download on the same session would never start.
   */
  dispatch(options: Dispatcher.DispatchOptions, exchange: Dispatchable): boolean {
    if (!isInMemory(options.body) || this.running.size >= sessionRequestsMax) return false
    this.running.add(exchange)
    const release = () => {
      this.running.delete(exchange)
      this.#freed()
    }
    exchange.started({
      release,
      abandon: () => {
        release()
        // Others may wait for the same session.
        if (this.running.size === 0) abandon(this.#connection)
      },
    })
    // Undici sends alone what is not idempotent, and repeats nothing by itself that has reached the wire.
    this.#connection.client.dispatch({ ...options, idempotent: true }, exchange)
    return true
  }

  close(): Promise<void> {
    return destroy(this.#connection)
  }
}

export const isInMemory = (body: Dispatcher.DispatchOptions['body']): boolean =>
  body == null || body instanceof Uint8Array

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
