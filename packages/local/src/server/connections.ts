/**
 * The open connections of a server and the pending responses on each.
 *
 * The requests of a connection are handled one after the other. Node would start all pipelined requests together, and if the
 * client disconnects, it closes only the response that is being sent: the others would wait for `drain` indefinitely, each
 * with an open file. Node's own list of connections also loses those whose parser has failed, and `Server.close` would wait
 * for them.
 */
import type { Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** Pipelined requests that are parsed ahead on a connection. At this number, the server stops reading from the client. */
const readAheadMax = 32

interface Connection {
  /** In the order of the requests. */
  readonly pending: Set<ServerResponse>
  /** Called with true when it is a request's turn, with false if the connection has closed. */
  readonly turns: ((isOpen: boolean) => void)[]
  isPaused: boolean
}

export class Connections {
  readonly #connections = new Map<Duplex, Connection>()

  constructor(server: Server) {
    server.on('connection', (socket) => {
      const connection: Connection = { pending: new Set(), turns: [], isPaused: false }
      this.#connections.set(socket, connection)
      socket.once('close', () => {
        this.#connections.delete(socket)
        for (const turn of connection.turns.splice(0)) turn(false)
      })
    })
  }

  /**
   * Adds the response to the pending ones of its connection.
   * @returns Undefined if the request may be handled now. Otherwise a promise for its turn: false if the connection closes
   *   before.
   */
  turnOf(response: ServerResponse): Promise<boolean> | undefined {
    const socket = response.req.socket
    const connection = this.#connections.get(socket)
    if (connection === undefined) return Promise.resolve(false)
    const { pending, turns } = connection
    pending.add(response)
    response.on('close', () => {
      pending.delete(response)
      // Usually there is no other pending request.
      if (turns.length > 0 || connection.isPaused) this.#startNext(socket, connection)
    })
    if (pending.size === 1) return undefined
    if (pending.size >= readAheadMax) {
      connection.isPaused = true
      socket.pause()
    }
    return new Promise((resolve) => turns.push(resolve))
  }

  #startNext(socket: Duplex, connection: Connection): void {
    connection.turns.shift()?.(socket.writable)
    if (!connection.isPaused || connection.pending.size >= readAheadMax) return
    connection.isPaused = false
    socket.resume()
  }

  /** Whether a response has been sent in part: anything else that is written would become part of its body. */
  isSending(socket: Duplex): boolean {
    return this.#somePending(socket, (response) => response.headersSent && !response.writableFinished)
  }

  /** Whether a request is pending whose response has not been started. */
  isWaiting(socket: Duplex): boolean {
    return this.#somePending(socket, (response) => !response.headersSent)
  }

  destroyAll(): void {
    for (const socket of this.#connections.keys()) socket.destroy()
  }

  #somePending(socket: Duplex, matches: (response: ServerResponse) => boolean): boolean {
    for (const response of this.#connections.get(socket)?.pending ?? []) if (matches(response)) return true
    return false
  }
}
