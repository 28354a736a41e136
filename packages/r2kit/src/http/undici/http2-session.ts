/**
 * HTTP/2, with `connections.http2`: one session carries many concurrent requests (RFC 9113, section 5).
 * docs/decisions/2026-11-22-http-version.md explains why it is not the default.
 */
import type { buildConnector, Dispatcher } from 'undici'
import { R2Error } from '../../errors/index.js'
import { abandon, type Connection, type Connector, type Dispatchable, destroy } from './connection.js'

/** Most requests in flight on one session. Servers commonly allow 100 (RFC 9113, section 6.5.2, recommends no fewer). */
export const sessionRequestsMax = 100

/** A session for all requests with a body in memory. Each streamed body has a session of its own. */
export class Http2Session {
  /** The exchanges on the session. */
  readonly running = new Set<Dispatchable>()
  readonly #connection: Connection
  readonly #freed: () => void

  /** @param freed called after a request has ended, when the session can take another one */
  constructor(connection: Connection, freed: () => void) {
    this.#connection = connection
    this.#freed = freed
  }

  /**
   * Starts the exchange and returns true, unless the session is full or the body streams. Undici starts a streamed body only when
   * no other request runs: an upload whose source is a download on the same session would deadlock.
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
        // Other requests may wait for the same session.
        if (this.running.size === 0) abandon(this.#connection)
      },
      isFlushed: () => false,
    })
    // Undici runs other requests one at a time. It repeats no request that has reached the wire.
    this.#connection.client.dispatch({ ...options, idempotent: true }, exchange)
    return true
  }

  close(): Promise<void> {
    return destroy(this.#connection)
  }
}

/** Whether a request can share the session. */
export const isInMemory = (body: Dispatcher.DispatchOptions['body']): boolean =>
  body == null || body instanceof Uint8Array

/** A connector that accepts HTTP/2 only: over HTTP/1.1, the requests of a session would run one at a time. */
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
