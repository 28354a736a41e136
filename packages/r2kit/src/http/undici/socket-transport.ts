import { type Clock, systemClock } from '../../base/clock.js'
import { abortError, R2Error } from '../../errors/index.js'
import { closeTimeoutMsDefault, closeWithin } from '../closing.js'
import type { ConnectionOptions } from '../connection-options.js'
import { gunzipped } from '../gunzip.js'
import type { HttpRequest, HttpResponse, Transport } from '../transport.js'
import type { ConnectionKind, Dispatchable } from './connection.js'
import { ConnectionPool } from './connection-pool.js'
import { Exchange } from './exchange.js'
import { gunzipBytes } from './gunzip-bytes.js'

export interface SocketTransportOptions {
  /** Limits of the sockets. */
  readonly connections?: ConnectionOptions | undefined
  /** @defaultValue the machine's clock */
  readonly clock?: Clock | undefined
  /** Called with the number of open sockets when one was opened or closed. Must not throw. @defaultValue none */
  readonly onConnections?: ((count: number) => void) | undefined
}

/**
 * HTTP/1.1 over a tuned pool of sockets. Paths are sent unchanged, dot segments included.
 *
 * It is not a `BoundedTransport`, whose bodies are streams of the platform: the clients of the connections push chunks, so that small
 * responses need no stream. It shares the parts: `PeerWatch`, `ResponseCollector`, `gunzipped`, `closeWithin`.
 */
export class SocketTransport implements Transport {
  readonly name: string
  readonly #kind: ConnectionKind
  readonly #options: SocketTransportOptions
  readonly #clock: Clock
  readonly #pools = new Map<string, ConnectionPool>()
  #closing: Promise<void> | undefined

  /** @param kind how connections are made and used */
  constructor(name: string, kind: ConnectionKind, options: SocketTransportOptions = {}) {
    this.name = name
    this.#kind = kind
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  /** Open sockets of all origins. */
  get connections(): number {
    let sum = 0
    for (const pool of this.#pools.values()) sum += pool.size
    return sum
  }

  /** Requests that wait for a connection. */
  get waiting(): number {
    let sum = 0
    for (const pool of this.#pools.values()) sum += pool.waiting
    return sum
  }

  /** Connections that are held by response bodies which are neither read nor cancelled at the moment. */
  get unreadBodies(): number {
    let count = 0
    for (const { watch } of this.#exchanges()) if (watch.heldBy === 'reader') count++
    return count
  }

  send(request: HttpRequest): Promise<HttpResponse> {
    const received = new Promise<HttpResponse>((resolve, reject) => {
      if (this.#closing !== undefined) return reject(new R2Error('ClientClosed', 'the client has been disposed'))
      if (request.signal?.aborted) return reject(abortError(request.signal))
      const exchange = new Exchange(request, this.#clock, resolve, reject)
      const { path, query, method, headers, body } = request
      const options = {
        path: query === '' ? path : `${path}?${query}`,
        method,
        // The clients write the length of bytes by themselves.
        headers: body.kind === 'stream' ? { ...headers, 'content-length': String(body.contentLength) } : headers,
        body: exchange.requestBody() as Uint8Array | null,
        // Undici would close the socket after every HEAD; R2 sends no body there.
        reset: false,
      }
      this.#poolOf(request.origin).dispatch(options, exchange)
    })
    if (request.headers['accept-encoding'] !== 'gzip') return received
    return received.then((response) => gunzipped(response, request.bounds.maxResponseBytes, gunzipBytes))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const closed = Promise.all([...this.#pools.values()].map((pool) => pool.close()))
    const timeoutMs = this.#options.connections?.closeTimeoutMs ?? closeTimeoutMsDefault
    await closeWithin(this.#clock, timeoutMs, () => this.#exchanges(), closed)
    this.#pools.clear()
  }

  *#exchanges(): Generator<Dispatchable> {
    for (const pool of this.#pools.values()) yield* pool.running()
  }

  #poolOf(origin: string): ConnectionPool {
    const known = this.#pools.get(origin)
    if (known !== undefined) return known
    const { connections, onConnections } = this.#options
    const pool = new ConnectionPool(origin, this.#kind, connections, this.#clock, () =>
      onConnections?.(this.connections),
    )
    this.#pools.set(origin, pool)
    return pool
  }
}
