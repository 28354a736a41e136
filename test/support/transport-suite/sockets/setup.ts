/** Shared by the suites of transports that own their sockets. */
import type { Clock, ConnectionOptions, HttpResponse, Transport } from 'r2kit'
import { type Peer, responding } from '../../raw-server.js'

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

/** Keeps every request waiting until the test calls its response, in the order of arrival. */
export const heldResponses = (): {
  readonly targets: string[]
  readonly responses: (() => void)[]
  serve(peer: Peer): Promise<void>
} => {
  const targets: string[] = []
  const responses: (() => void)[] = []
  const serve = responding(({ target }, _, peer) => {
    targets.push(target)
    return new Promise((resolve) => {
      responses.push(() => {
        peer.response(200)
        resolve()
      })
    })
  })
  return { targets, responses, serve }
}
