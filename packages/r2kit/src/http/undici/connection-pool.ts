import { lookup } from 'node:dns'
import type { LookupFunction, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import buildConnector from 'undici/lib/core/connect.js'
import Client from 'undici/lib/dispatcher/client.js'
import { type Clock, systemClock, type Timer } from '../../base/clock.js'
import { R2Error } from '../../errors/index.js'
import type { ConnectionOptions } from '../connection-options.js'
import { Http2Session, http2Only, sessionRequestsMax } from './http2-session.js'
import { lendReads, readsIntoOneBuffer } from './lent-reads.js'
import { networkError } from './network-error.js'

/** One request that waits for a socket or runs on one. */
export interface Dispatchable extends Dispatcher.DispatchHandler {
  /** True when the caller has gone while the request was waiting. */
  readonly cancelled: boolean
  /** Whether what comes next is the body of the answer, which is copied or used before the exchange returns. */
  readonly isInBody: boolean
}

/** Makes a socket, and gives it while it is still being made. */
export type Connector = ReturnType<typeof buildConnector>

/**
 * Told when the exchange has a connection, or one that is being made: `release` gives it back, `abandon` ends the making,
 * for a request that nobody waits for any more.
 */
export type Started = (release: () => void, abandon?: () => void) => void

interface Waiting {
  readonly options: Dispatcher.DispatchOptions
  readonly exchange: Dispatchable
  readonly started: Started
}

/** R2's 8,192 bytes of metadata become 18 KB when they are in other scripts; Node's own limit is 16 KiB. */
const maxHeaderBytes = 64 * 1024

const belowLocalhost = /\.localhost(:\d+)?$/

/** How long more sockets than are to be kept may be idle. */
const surplusMs = 1000

/** RFC 6761, section 6.3: such names are this machine, but many systems cannot resolve them; buckets of a local R2 have them. */
const ofThisMachine: LookupFunction = (_hostname, options, callback) => lookup('localhost', options, callback)

/** One socket, or the one that takes its place when it has been closed, and what runs on it. */
interface Connection {
  readonly client: Client
  exchange: Dispatchable | undefined
  /** While it is being made. */
  connecting: Duplex | undefined
}

/**
 * The sockets to one origin. One request per socket at a time; a freed socket is handed to the longest waiting request, or
 * kept on a stack, so that the most recently used is used next and the rest can age out. Undici's own pool has no bound on
 * idle sockets and searches its list on every request.
 */
export class ConnectionPool {
  readonly #origin: string
  readonly #options: Required<Omit<ConnectionOptions, 'ca'>>
  readonly #connect: Connector
  readonly #session: Http2Session | undefined
  readonly #idle: Connection[] = []
  readonly #all = new Set<Connection>()
  #waiting: Waiting[] = []
  /** Index of the first waiting request; the array is compacted now and then, so that a queue costs O(1) per request. */
  #waitingFrom = 0
  #sockets = 0
  readonly #clock: Clock
  #surplusTimer: Timer | undefined
  /** The fewest that were idle since there were too many. */
  #leastIdle = 0

  constructor(origin: string, options: ConnectionOptions = {}, clock: Clock = systemClock) {
    this.#clock = clock
    this.#origin = origin
    this.#options = {
      maxConnections: options.maxConnections ?? 256,
      maxIdleConnections: options.maxIdleConnections ?? 20,
      idleTimeoutMs: options.idleTimeoutMs ?? 90_000,
      keepAliveIntervalMs: options.keepAliveIntervalMs ?? 60_000,
      connectTimeoutMs: options.connectTimeoutMs ?? 30_000,
      http2: options.http2 ?? false,
    }
    // One connector for all sockets, so that they share TLS sessions. Undici sets TCP_NODELAY itself.
    const connect = buildConnector({
      allowH2: this.#options.http2,
      timeout: this.#options.connectTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelay: this.#options.keepAliveIntervalMs,
      minVersion: 'TLSv1.2',
      // An HTTP/2 session reads by itself.
      ...(this.#options.http2 ? {} : { onread: readsIntoOneBuffer() }),
      ...(belowLocalhost.test(origin) ? { lookup: ofThisMachine } : {}),
      ...(options.ca === undefined ? {} : { ca: typeof options.ca === 'string' ? options.ca : [...options.ca] }),
    })
    this.#connect = this.#options.http2 ? http2Only(connect, origin) : connect
    this.#session = this.#options.http2 ? new Http2Session(this.#open(sessionRequestsMax).client) : undefined
  }

  /** Open sockets, busy or idle. */
  get size(): number {
    return this.#sockets
  }

  /** Requests that wait for a socket. */
  get waiting(): number {
    return this.#waiting.length - this.#waitingFrom
  }

  /** Runs the exchange now or when a socket is free. `started` receives the function to call once, when it has ended. */
  dispatch(options: Dispatcher.DispatchOptions, exchange: Dispatchable, started: Started): void {
    if (this.#session?.dispatch(options, exchange, started)) return
    const connection = this.#takeIdle() ?? (this.#all.size < this.#options.maxConnections ? this.#add() : undefined)
    if (connection === undefined) this.#waiting.push({ options, exchange, started })
    else this.#run(connection, options, exchange, started)
  }

  /** Ends idle sockets now and busy ones when their requests end; waiting requests fail. */
  async close(): Promise<void> {
    const waiting = this.#waiting.slice(this.#waitingFrom)
    this.#waiting = []
    this.#waitingFrom = 0
    for (const { exchange } of waiting) exchange.onError?.(new R2Error('ClientClosed', 'the client has been disposed'))
    await Promise.all([...[...this.#all].map(({ client }) => client.close()), this.#session?.close()])
    this.#surplusTimer?.cancel()
    this.#all.clear()
    this.#idle.length = 0
  }

  #run(connection: Connection, options: Dispatcher.DispatchOptions, exchange: Dispatchable, started: Started): void {
    started(
      () => this.#release(connection),
      () => connection.connecting?.destroy(new Error('nobody waits for this connection any more')),
    )
    connection.exchange = exchange
    connection.client.dispatch(options, exchange)
  }

  #release(connection: Connection): void {
    connection.exchange = undefined
    while (this.#waitingFrom < this.#waiting.length) {
      const next = this.#waiting[this.#waitingFrom++]
      if (this.#waitingFrom > 1024) {
        this.#waiting = this.#waiting.slice(this.#waitingFrom)
        this.#waitingFrom = 0
      }
      if (next === undefined || next.exchange.cancelled) continue
      this.#run(connection, next.options, next.exchange, next.started)
      return
    }
    this.#idle.push(connection)
    if (this.#idle.length > this.#options.maxIdleConnections) this.#watchSurplus()
  }

  /**
   * Closes what was too many for a whole second. Requests that are answered in bursts leave dozens idle for a moment, and
   * whoever closed those at once would open as many for the next burst.
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

  #open(requestsAtOnce: number): Connection {
    const client: Client = new Client(this.#origin, {
      connect: (options, callback) => {
        const socket = this.#connect(options, (...[error, made]: Parameters<typeof callback>) => {
          connection.connecting = undefined
          // Ours, since undici loses count of its requests over a certificate for another name, and never closes then.
          if (error !== null) callback(networkError(error, this.#origin, false), null)
          else callback(null, made)
        })
        connection.connecting = socket
        if (!this.#options.http2) lendReads(socket as Socket, () => connection.exchange?.isInBody === true)
      },
      allowH2: this.#options.http2,
      pipelining: requestsAtOnce,
      keepAliveTimeout: this.#options.idleTimeoutMs,
      keepAliveMaxTimeout: this.#options.idleTimeoutMs,
      maxHeaderSize: maxHeaderBytes,
      // Time is watched by the exchange, on the client's clock.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    client.on('connect', () => {
      this.#sockets++
    })
    client.on('disconnect', () => {
      this.#sockets--
    })
    const connection: Connection = { client, exchange: undefined, connecting: undefined }
    return connection
  }

  #discard(connection: Connection): void {
    this.#all.delete(connection)
    connection.client.close().catch(() => {
      // Closing an idle socket cannot lose anything, and it has already left the pool.
    })
  }
}
