/** A connection, the exchange that runs on it, and the calls between the two. */
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Running } from '../closing.js'
import type { HeaderFields } from '../transport.js'
import type { ConnectionTimer } from './connection-timer.js'
import type { buildConnector } from './internals/undici-connector.js'

/** One request that waits for a socket or runs on one. */
export interface Dispatchable extends Dispatcher.DispatchHandler, Running {
  /** Whether the next bytes are the response's body, which is copied or used before `onData` returns. */
  readonly isInBody: boolean
  /** The last byte of the request has been sent. */
  onRequestSent(): void
  /** The head of the response, interim responses left out. `resume` ends the pause after an `onData` that returned false. */
  onHead(status: number, headers: HeaderFields, resume: () => void): void
  /** Called when there is no connection yet; `leave` takes the request out of the queue. */
  queued(leave: () => void): void
  /** Called when there is a connection, or one that is being made. */
  started(lease: Lease): void
}

/** The use of a connection by one exchange. */
export interface Lease {
  /** Undefined on a session of HTTP/2, where many exchanges run. */
  readonly timer?: ConnectionTimer
  /**
   * Gives the connection back; to be called once, when the exchange has ended.
   *
   * @param isRefused whether the response is no success, so that the server may not have read the whole request
   */
  release(isRefused: boolean): void
  /** Cancels the making of a connection that its exchange no longer needs. */
  abandon(): void
  /** Whether the kernel has all bytes that were written to the socket, so that their memory can be reused. False where unknown. */
  isFlushed(): boolean
}

/** Makes a socket, and returns it while it is still being made. */
export type Connector = ReturnType<typeof buildConnector>

/** A request as undici's `dispatch` takes it. */
export type DispatchOptions = Dispatcher.DispatchOptions

/** The other side of a connection: sends one request after another on a socket, and makes a new one where that was closed. */
export interface HttpClient {
  /** Sends the request, and calls the exchange with its response or error. */
  dispatch(options: DispatchOptions, exchange: Dispatchable): unknown
  /** Closes the socket after the request in flight. */
  close(): Promise<void>
  /** Closes the socket, and fails the request in flight. */
  destroy(): Promise<void>
}

/** What a client needs from its pool. */
export interface ClientSettings {
  readonly origin: string
  /** Makes a socket. */
  readonly connect: Connector
  readonly http2: boolean
  /** Most requests on the socket at a time; more than one with HTTP/2 only. */
  readonly concurrency: number
  readonly idleTimeoutMs: number
  /** Most bytes of a response's head. */
  readonly maxHeadBytes: number
  /** Called when a socket was opened. */
  opened(): void
  /** Called when a socket was closed. */
  closed(): void
}

type MakeClient = (settings: ClientSettings) => HttpClient

/** What a connector needs to know. */
export interface ConnectorOptions {
  readonly connectTimeoutMs: number
  readonly keepAliveIntervalMs: number
  readonly ca?: string | string[] | undefined
}

/** How a transport makes connections and uses them. */
export interface ConnectionKind {
  readonly makeClient: MakeClient
  /** Makes the sockets that go through no proxy. @defaultValue undici's connector */
  readonly makeConnector?: ((options: ConnectorOptions) => Connector) | undefined
  /** Whether the clients read by the methods of a stream, as undici does. @defaultValue `takeReads` passes the bytes to them */
  readonly readsByStream?: boolean | undefined
}

/** One socket, or the one that replaces it after it was closed, and the exchange that runs on it. */
export interface Connection {
  readonly client: HttpClient
  /** Undefined on a session of HTTP/2, where many run. */
  exchange: Dispatchable | undefined
  /** The socket, while it is being made. */
  connecting: Duplex | undefined
  /** The last socket that was made. */
  socket: Duplex | undefined
  readonly lease: Lease
}

/** Cancels the making of the connection; does nothing to one that has been made. */
export const abandon = ({ connecting }: Connection): void => {
  connecting?.destroy(new Error('the request for this connection has ended'))
}

/** Closes the socket, even while it is being made, which undici would wait for. */
export const destroy = (connection: Connection): Promise<void> => {
  abandon(connection)
  connection.lease.timer?.cancel()
  return connection.client.destroy()
}
