/** Shared by the suites of transports that own their sockets. */
import type { Clock, ConnectionOptions, HttpResponse, Transport } from 'r2kit'

/** A transport that owns its sockets. */
export interface SocketTransport extends Transport {
  /** Open sockets. */
  readonly connections: number
}

export interface SocketsUnderTest {
  readonly name: string
  open(options: { clock?: Clock; connections?: ConnectionOptions }): SocketTransport
}

/** The transport with these limits, as `pair` takes it. */
export const withConnections =
  (open: SocketsUnderTest['open'], connections: ConnectionOptions = {}) =>
  (clock: Clock): SocketTransport =>
    open({ clock, connections })

export const text = ({ body }: HttpResponse): string => Buffer.from(body as Uint8Array).toString()
