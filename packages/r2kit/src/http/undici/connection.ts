/** A connection, the exchange that runs on it, and what the two ask of each other. */
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import type buildConnector from 'undici/lib/core/connect.js'
import type Client from 'undici/lib/dispatcher/client.js'
import type { Running } from '../closing.js'

/** One request that waits for a socket or runs on one. */
export interface Dispatchable extends Dispatcher.DispatchHandler, Running {
  /** Whether what comes next is the body of the response, which is copied or used before the exchange returns. */
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
  /** Ends the making of a connection that its exchange no longer needs. */
  abandon(): void
}

/** Makes a socket, and gives it while it is still being made. */
export type Connector = ReturnType<typeof buildConnector>

/** One socket, or the one that takes its place when it has been closed, and what runs on it. */
export interface Connection {
  readonly client: Client
  /** Undefined on a session of HTTP/2, where many run. */
  exchange: Dispatchable | undefined
  /** While it is being made. */
  connecting: Duplex | undefined
  readonly lease: Lease
}

/** Ends the making of the connection; does nothing to one that has been made. */
export const abandon = ({ connecting }: Connection): void => {
  connecting?.destroy(new Error('the request for this connection has ended'))
}

/** Closes the socket, also one that is still being made, for which undici would wait. */
export const destroy = (connection: Connection): Promise<void> => {
  abandon(connection)
  return connection.client.destroy()
}
