/**
 * The connections of a server and the responses that are due on each.
 *
 * Requests of one connection are carried out one after the other. Node begins pipelined requests all together, and when the
 * client goes away it closes only the response that is being sent: the others would wait for room without end, each with an
 * open file. Node's own list also forgets connections whose parser has failed, and `Server.close` would wait for them.
 */
import type { Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** Requests that may be read ahead on a connection; a client that sends more without reading waits. */
const readAheadMax = 32

interface Connection {
  /** In the order of requests. */
  readonly due: Set<ServerResponse>
  /** Called with true when it is a request's turn, with false when the connection has gone. */
  readonly turns: ((isOpen: boolean) => void)[]
  isPaused: boolean
}

export class Connections {
  readonly #connections = new Map<Duplex, Connection>()

  constructor(server: Server) {
    server.on('connection', (socket) => {
      const connection: Connection = { due: new Set(), turns: [], isPaused: false }
      this.#connections.set(socket, connection)
      socket.once('close', () => {
        this.#connections.delete(socket)
        for (const turn of connection.turns.splice(0)) turn(false)
      })
    })
  }

  /** Undefined when the request may be carried out now; else whether it still may when the ones before it are done. */
  turnOf(response: ServerResponse): Promise<boolean> | undefined {
    const socket = response.req.socket
    const connection = this.#connections.get(socket)
    if (connection === undefined) return Promise.resolve(false)
    const { due, turns } = connection
    due.add(response)
    response.on('close', () => {
      due.delete(response)
      // Mostly no other request is due.
      if (turns.length > 0 || connection.isPaused) this.#passOn(socket, connection)
    })
    if (due.size === 1) return undefined
    if (due.size >= readAheadMax) {
      connection.isPaused = true
      socket.pause()
    }
    return new Promise((resolve) => turns.push(resolve))
  }

  #passOn(socket: Duplex, connection: Connection): void {
    connection.turns.shift()?.(socket.writable)
    if (!connection.isPaused || connection.due.size >= readAheadMax) return
    connection.isPaused = false
    socket.resume()
  }

  /** Whether the head of a response is out and its body is not: anything else that is written would become part of it. */
  isSending(socket: Duplex): boolean {
    return this.#some(socket, (response) => response.headersSent && !response.writableFinished)
  }

  /** Whether a request on it has no response yet. */
  isWaiting(socket: Duplex): boolean {
    return this.#some(socket, (response) => !response.headersSent)
  }

  destroyAll(): void {
    for (const socket of this.#connections.keys()) socket.destroy()
  }

  #some(socket: Duplex, matches: (response: ServerResponse) => boolean): boolean {
    for (const response of this.#connections.get(socket)?.due ?? []) if (matches(response)) return true
    return false
  }
}
