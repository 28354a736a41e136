/** A bare socket server: a test reads the exact bytes of a request and writes its response, or a faulty one, byte by byte. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

export interface RawRequest {
  readonly method: string
  /** The request target, exactly as received. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
}

/** The server's end of one connection. */
export class Peer {
  readonly socket: Socket
  /** The number of the connection, from 1. */
  readonly number: number
  #received = Buffer.alloc(0)
  #ended = false
  #wake: (() => void) | undefined

  constructor(socket: Socket, number: number) {
    this.socket = socket
    this.number = number
    socket.on('error', () => {
      // These tests provoke connection resets.
    })
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#wake?.()
    })
    for (const event of ['end', 'close'] as const) {
      socket.on(event, () => {
        this.#ended = true
        this.#wake?.()
      })
    }
  }

  /** Whether the client has closed its end. */
  get ended(): boolean {
    return this.#ended
  }

  /** Reads the head of the next request; undefined if the client has closed the connection. */
  async request(): Promise<RawRequest | undefined> {
    const end = await this.#find('\r\n\r\n')
    if (end === undefined) return undefined
    const [line = '', ...fields] = this.#take(end + 4)
      .toString('latin1')
      .trimEnd()
      .split('\r\n')
    const [method = '', target = ''] = line.split(' ')
    const headers: Record<string, string> = {}
    for (const field of fields) {
      const colon = field.indexOf(':')
      headers[field.slice(0, colon).toLowerCase()] = field.slice(colon + 1).trim()
    }
    return { method, target, headers }
  }

  /** Reads the next bytes of the request body; fewer if the client closes the connection. */
  async body(size: number): Promise<Buffer> {
    while (this.#received.length < size && !this.#ended) await this.#more()
    return this.#take(Math.min(size, this.#received.length))
  }

  /** Writes text (as Latin-1) and bytes. */
  send(...pieces: (string | Uint8Array)[]): void {
    for (const piece of pieces) this.socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)
  }

  /** Writes a complete response. */
  response(status: number, body: string | Uint8Array = '', headers: Record<string, string> = {}): void {
    const bytes = Buffer.from(body)
    const fields = Object.entries({ 'content-length': String(bytes.length), ...headers })
    this.send(`HTTP/1.1 ${status} X\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`, bytes)
  }

  /** Waits until the client has closed the connection. */
  async closed(): Promise<void> {
    while (!this.#ended) await this.#more()
  }

  async #find(text: string): Promise<number | undefined> {
    for (;;) {
      const index = this.#received.indexOf(text)
      if (index >= 0) return index
      if (this.#ended) return undefined
      await this.#more()
    }
  }

  #take(size: number): Buffer {
    const taken = this.#received.subarray(0, size)
    this.#received = this.#received.subarray(size)
    return taken
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

export class RawServer implements AsyncDisposable {
  readonly peers: Peer[] = []
  readonly origin: string
  readonly #close: () => Promise<void>

  constructor(origin: string, close: () => Promise<void>) {
    this.origin = origin
    this.#close = close
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close()
  }
}

/** Starts a server on a free loopback port and calls `serve` for each connection. */
export const rawServer = async (serve: (peer: Peer) => Promise<void> | void): Promise<RawServer> => {
  const listener = createServer({ allowHalfOpen: true })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  const server = new RawServer(`http://127.0.0.1:${address.port}`, async () => {
    listener.close()
    for (const peer of server.peers) peer.socket.destroy()
    await once(listener, 'close')
  })
  listener.on('connection', (socket) => {
    const peer = new Peer(socket, server.peers.length + 1)
    server.peers.push(peer)
    void serve(peer)
  })
  return server
}

/** Calls `respond` for every request of a connection, after reading the request body. */
export const responding =
  (respond: (request: RawRequest, body: Buffer, peer: Peer) => void | Promise<void>) =>
  async (peer: Peer): Promise<void> => {
    for (let request = await peer.request(); request !== undefined; request = await peer.request()) {
      await respond(request, await peer.body(Number(request.headers['content-length'] ?? 0)), peer)
    }
    peer.socket.end()
  }

/** Polls a condition that has no promise to await, such as an event on a real socket. Rejects after 10 s. */
export const until = async (condition: () => boolean, description = 'the condition'): Promise<void> => {
  const endMs = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`${description} did not become true within 10 s`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
