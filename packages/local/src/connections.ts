/**
 * The connections of a server and the responses that are under way on each. Node's own list forgets connections whose
 * parser has failed, and `Server.close` would wait for them without end.
 */
import type { Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

export class Connections {
  readonly #responses = new Map<Duplex, Set<ServerResponse>>()

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#responses.set(socket, new Set())
      socket.once('close', () => this.#responses.delete(socket))
    })
  }

  /** Remembers a response until it is closed. */
  add(response: ServerResponse): void {
    const { socket } = response
    const open = socket === null ? undefined : this.#responses.get(socket)
    open?.add(response)
    response.once('close', () => open?.delete(response))
  }

  /** Whether the head of a response is out and its body is not: anything else that is written would become part of it. */
  isSending(socket: Duplex): boolean {
    for (const response of this.#responses.get(socket) ?? []) {
      if (response.headersSent && !response.writableFinished) return true
    }
    return false
  }

  /** Whether a request on it has no response yet. */
  isWaiting(socket: Duplex): boolean {
    for (const response of this.#responses.get(socket) ?? []) if (!response.headersSent) return true
    return false
  }

  destroyAll(): void {
    for (const socket of this.#responses.keys()) socket.destroy()
  }
}
