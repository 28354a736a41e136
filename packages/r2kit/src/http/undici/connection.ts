/** A connection, the exchange that runs on it, and the calls between the two. */
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Running } from '../closing.js'
import type { buildConnector, Client } from './internals/undici-modules.js'

/** One request that waits for a socket or runs on one. */
export interface Dispatchable extends Dispatcher.DispatchHandler, Running {
  /** Whether the next bytes are the response's body, which is copied or used before `onData` returns. */
  readonly isInBody: boolean
  /** Called when there is no connection yet; `leave` takes the request out of the queue. */
  queued(leave: () => void): void
  /** Called when there is a connection, or one that is being made. */
  started(lease: Lease): void
}

/** The use of a connection by one exchange. */
export interface Lease {
  /** Gives the connection back; to be called once, when the exchange has ended. */
  release(): void
  /** Cancels the making of a connection that its exchange no longer needs. */
  abandon(): void
}

/** Makes a socket, and returns it while it is still being made. */
export type Connector = ReturnType<typeof buildConnector>

/** One socket, or the one that replaces it after it was closed, and the exchange that runs on it. */
export interface Connection {
  readonly client: InstanceType<typeof Client>
  /** Undefined on a session of HTTP/2, where many run. */
  exchange: Dispatchable | undefined
  /** The socket, while it is being made. */
  connecting: Duplex | undefined
  readonly lease: Lease
}

/** Cancels the making of the connection; does nothing to one that has been made. */
export const abandon = ({ connecting }: Connection): void => {
  connecting?.destroy(new Error('the request for this connection has ended'))
}

/** Closes the socket, even while it is being made, which undici would wait for. */
export const destroy = (connection: Connection): Promise<void> => {
  abandon(connection)
  return connection.client.destroy()
}
