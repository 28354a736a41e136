import { lookup } from 'node:dns'
import type { LookupFunction, Socket } from 'node:net'
import type { Dispatcher } from 'undici'
import { type Clock, systemClock, type Timer } from '../../base/clock.js'
import { noop } from '../../base/noop.js'
import type { Resolved } from '../../base/resolved.js'
import { isNode } from '../../base/runtime.js'
import { R2Error } from '../../errors/index.js'
import { refuseOption } from '../../validation/index.js'
import type { ConnectionOptions } from '../connection-options.js'
import { networkError } from '../network-error.js'
import type { ProxyOptions } from '../proxy.js'
import { parseProxy } from '../proxy-field-node.js'
import {
  abandon,
  type Connection,
  type ConnectionKind,
  type Connector,
  type Dispatchable,
  destroy,
} from './connection.js'
import { ConnectionTimer } from './connection-timer.js'
import { Http2Session, http2Only, isInMemory, sessionRequestsMax } from './http2-session.js'
import { readFromSharedBuffer, readsIntoSharedBuffer } from './internals/shared-read-buffer.js'
import { buildConnector } from './internals/undici-connector.js'
import { proxyOfEnvironment } from './proxy-of-environment.js'
import { throughProxy } from './proxy-tunnel.js'
import { WaitingRequests } from './waiting-requests.js'

/** R2's 8,192 bytes of metadata grow to 18 KB when encoded from other scripts; Node's own limit is 16 KiB. */
const maxHeaderBytes = 64 * 1024

const belowLocalhost = /\.localhost(:\d+)?$/

/** Time for which more than `maxIdleConnections` sockets may be idle. */
const surplusMs = 1000

/** RFC 6761, section 6.3: names below `localhost` are this machine, but many systems cannot resolve them. Buckets of a local R2 have such names. */
const ofThisMachine: LookupFunction = (_hostname, options, callback) => lookup('localhost', options, callback)

/**
 * The sockets to one origin, with one request per socket at a time. A freed socket is passed to the longest waiting request, or
 * kept on a stack, so that the most recently used one is used next and the others can expire. Undici's own pool has no limit for
 * idle sockets, and searches its list on every request.
 */
export class ConnectionPool {
  readonly origin: string
  readonly #options: Resolved<Omit<ConnectionOptions, 'ca' | 'closeTimeoutMs' | 'proxy'>>
  readonly #reusesReadBuffer: boolean
  readonly #connect: Connector
  readonly #session: Http2Session | undefined
  readonly #idle: Connection[] = []
  readonly #all = new Set<Connection>()
  readonly #waiting: WaitingRequests
  /** While the pool closes: called when no request is left. */
  #whenFree: (() => void) | undefined
  #sockets = 0
  readonly #clock: Clock
  readonly #kind: ConnectionKind
  readonly #onResize: () => void
  #surplusTimer: Timer | undefined
  /** The fewest idle sockets since there were too many. */
  #leastIdle = 0

  /**
   * @param kind how connections are made and used
   * @param onResize called when a socket was opened or closed
   */
  constructor(
    origin: string,
    kind: ConnectionKind,
    options: ConnectionOptions = {},
    clock: Clock = systemClock,
    onResize: () => void = noop,
  ) {
    this.#kind = kind
    this.#clock = clock
    this.#onResize = onResize
    this.origin = origin
    this.#options = {
      maxConnections: options.maxConnections ?? 256,
      maxIdleConnections: options.maxIdleConnections ?? 20,
      idleTimeoutMs: options.idleTimeoutMs ?? 90_000,
      keepAliveIntervalMs: options.keepAliveIntervalMs ?? 60_000,
      connectTimeoutMs: options.connectTimeoutMs ?? 30_000,
      acquireTimeoutMs: options.acquireTimeoutMs ?? 30_000,
      http2: options.http2 ?? false,
      reuseReadBuffer: options.reuseReadBuffer ?? true,
    }
    const proxy = proxyOf(options, origin)
    // An HTTP/2 session reads by itself, and Node ignores `onread` for TLS on the socket of a proxy.
    this.#reusesReadBuffer = this.#options.reuseReadBuffer && !this.#options.http2 && proxy === undefined
    const ca = typeof options.ca === 'object' ? [...options.ca] : options.ca
    const { connectTimeoutMs, keepAliveIntervalMs } = this.#options
    const ownConnector = proxy === undefined ? kind.makeConnector : undefined
    // One connector for all sockets, so that they share TLS sessions. Undici sets TCP_NODELAY itself.
    const connect =
      ownConnector?.({ connectTimeoutMs, keepAliveIntervalMs, ca }) ??
      buildConnector({
        allowH2: this.#options.http2,
        timeout: connectTimeoutMs,
        keepAlive: true,
        keepAliveInitialDelay: keepAliveIntervalMs,
        minVersion: 'TLSv1.2',
        ...(this.#reusesReadBuffer ? { onread: readsIntoSharedBuffer() } : {}),
        ...(belowLocalhost.test(origin) ? { lookup: ofThisMachine } : {}),
        ...(ca === undefined ? {} : { ca }),
      })
    const tunnel =
      proxy === undefined ? connect : throughProxy(connect, { proxy, origin, connectTimeoutMs, clock, ca: options.ca })
    this.#connect = this.#options.http2 ? http2Only(tunnel, origin) : tunnel
    this.#waiting = new WaitingRequests(this, clock)
    this.#session = this.#options.http2
      ? new Http2Session(this.#open(sessionRequestsMax), () => this.#dispatchToSession())
      : undefined
  }

  /** Open sockets, busy or idle. */
  get size(): number {
    return this.#sockets
  }

  /** Requests that wait for a socket. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Longest time that a request waits for a socket. */
  get acquireTimeoutMs(): number {
    return this.#options.acquireTimeoutMs
  }

  /** The exchanges that have a connection. */
  *running(): Generator<Dispatchable> {
    for (const { exchange } of this.#all) if (exchange !== undefined) yield exchange
    if (this.#session !== undefined) yield* this.#session.running
  }

  /** Runs the exchange now or when a socket is free. */
  dispatch(options: Dispatcher.DispatchOptions, exchange: Dispatchable): void {
    if (this.#session?.dispatch(options, exchange)) return
    const connection = this.#takeIdle() ?? (this.#all.size < this.#options.maxConnections ? this.#add() : undefined)
    if (connection === undefined) this.#waiting.add({ options, exchange })
    else this.#run(connection, options, exchange)
  }

  /** Fails the requests that wait for a connection, closes idle sockets, and the others when their requests have ended. */
  async close(): Promise<void> {
    this.#waiting.fail(
      () => new R2Error('ClientClosed', 'the client was disposed while a request waited for a connection'),
    )
    const free = new Promise<void>((resolve) => {
      this.#whenFree = resolve
    })
    const idle = this.#idle.splice(0)
    for (const connection of idle) this.#all.delete(connection)
    this.#checkFree()
    await Promise.all([...idle.map(destroy), free])
    this.#surplusTimer?.cancel()
    await Promise.all([...[...this.#all].map(destroy), this.#session?.close()])
  }

  #run(connection: Connection, options: Dispatcher.DispatchOptions, exchange: Dispatchable): void {
    connection.exchange = exchange
    exchange.started(connection.lease)
    connection.client.dispatch(options, exchange)
  }

  #release(connection: Connection, isRefused: boolean): void {
    connection.exchange = undefined
    // The next request would wait behind a body that the server may never read. Undici destroys the socket for streams only.
    if (isRefused && (connection.socket?.writableLength ?? 0) > 0) connection.socket?.destroy()
    const next = this.#waiting.take()
    if (next !== undefined) {
      this.#run(connection, next.options, next.exchange)
      return
    }
    this.#idle.push(connection)
    this.#checkFree()
    if (this.#idle.length > this.#options.maxIdleConnections) this.#watchSurplus()
  }

  /** Resolves `close` when no request runs any more. */
  #checkFree(): void {
    if (this.#whenFree !== undefined && this.running().next().done === true) this.#whenFree()
  }

  /** A place on the shared session is free, for requests with a body in memory. */
  #dispatchToSession(): void {
    this.#checkFree()
    const next = this.#waiting.take(({ options }) => isInMemory(options.body))
    if (next !== undefined) this.#session?.dispatch(next.options, next.exchange)
  }

  /**
   * Closes the sockets that were surplus for a whole second. Responses that come in bursts leave dozens of sockets idle for a moment,
   * and a pool that closed those immediately would open as many for the next burst.
   */
  #watchSurplus(): void {
    if (this.#surplusTimer !== undefined) return
    this.#leastIdle = this.#idle.length
    this.#surplusTimer = this.#clock.after(surplusMs, () => {
      this.#surplusTimer = undefined
      const surplus = Math.min(this.#leastIdle, this.#idle.length) - this.#options.maxIdleConnections
      for (const oldest of this.#idle.splice(0, Math.max(0, surplus))) this.#discard(oldest)
      if (this.#idle.length > this.#options.maxIdleConnections) this.#watchSurplus()
    })
  }

  #takeIdle(): Connection | undefined {
    const connection = this.#idle.pop()
    this.#leastIdle = Math.min(this.#leastIdle, this.#idle.length)
    return connection
  }

  #add(): Connection {
    const connection = this.#open(1)
    this.#all.add(connection)
    return connection
  }

  #open(concurrency: number): Connection {
    const client: Connection['client'] = this.#kind.makeClient({
      origin: this.origin,
      connect: (options, callback) => {
        const socket = this.#connect(options, (...[error, made]: Parameters<typeof callback>) => {
          connection.connecting = undefined
          connection.socket = made ?? undefined
          // As an R2Error: for Node's error about a certificate for another name, undici miscounts its requests and never closes.
          if (error !== null) callback(networkError(error, this.origin, false), null)
          else callback(null, made)
        })
        connection.connecting = socket
        if (this.#reusesReadBuffer && this.#kind.readsByStream === true)
          readFromSharedBuffer(socket as Socket, () => connection.exchange?.isInBody === true)
        return socket
      },
      http2: this.#options.http2,
      concurrency,
      idleTimeoutMs: this.#options.idleTimeoutMs,
      maxHeadBytes: maxHeaderBytes,
      opened: () => this.#resized(1),
      closed: () => this.#resized(-1),
    })
    const connection: Connection = {
      client,
      exchange: undefined,
      connecting: undefined,
      socket: undefined,
      lease: {
        timer: new ConnectionTimer(this.#clock),
        release: (isRefused) => this.#release(connection, isRefused),
        abandon: () => abandon(connection),
        // A session of HTTP/2 writes to its socket by itself. Only Node is known to count the bytes until they are written.
        isFlushed: () => isNode && !this.#options.http2 && connection.socket?.writableLength === 0,
      },
    }
    return connection
  }

  #resized(change: number): void {
    this.#sockets += change
    this.#onResize()
  }

  #discard(connection: Connection): void {
    this.#all.delete(connection)
    connection.lease.timer?.cancel()
    connection.client.close().catch(() => {
      // The socket is idle and has left the pool: its failure to close affects no request.
    })
  }
}

/** The proxy for an origin. The environment is read only where the options ask for it. */
const proxyOf = ({ proxy }: ConnectionOptions, origin: string): ProxyOptions | undefined => {
  if (proxy === 'environment') return proxyOfEnvironment(origin, process.env)
  return typeof proxy === 'string' ? parseProxy(proxy, 'connections.proxy', refuseOption) : proxy
}
