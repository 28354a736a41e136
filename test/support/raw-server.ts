/**
 * A server that is nothing but a socket: a test reads the very bytes a client sent and answers, or misbehaves, byte by byte.
 */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

export interface RawRequest {
  readonly method: string
  /** As it stood on the request line. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
}

/** The server's end of one connection. */
export class Peer {
  readonly socket: Socket
  /** From 1, in the order of arrival. */
  readonly number: number
  #received = Buffer.alloc(0)
  #ended = false
  #wake: (() => void) | undefined

  constructor(socket: Socket, number: number) {
    this.socket = socket
    this.number = number
    socket.on('error', () => {
      // Resets are what these tests are about.
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

  /** The next request's head, or undefined when the client has closed the connection. */
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

  /** The next bytes of the request's body; fewer when the client closes before. */
  async body(size: number): Promise<Buffer> {
    while (this.#received.length < size && !this.#ended) await this.#more()
    return this.#take(Math.min(size, this.#received.length))
  }

  /** Writes text as it is, bytes as they are. */
  send(...pieces: (string | Uint8Array)[]): void {
    for (const piece of pieces) this.socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)
  }

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

/** Starts a server on a free port of the loopback interface; `serve` gets each connection. */
export const rawServer = async (serve: (peer: Peer) => Promise<void> | void): Promise<RawServer> => {
  const listener = createServer({ allowHalfOpen: true })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
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

/** Answers every request of a connection with what `response` says; request bodies are read first. */
export const responding =
  (response: (request: RawRequest, body: Buffer, peer: Peer) => void | Promise<void>) =>
  async (peer: Peer): Promise<void> => {
    for (let request = await peer.request(); request !== undefined; request = await peer.request()) {
      await response(request, await peer.body(Number(request.headers['content-length'] ?? 0)), peer)
    }
    peer.socket.end()
  }

/** Gives the event loop turns until the condition holds: for what happens soon, on a real socket, without a promise of ours. */
export const until = async (condition: () => boolean, what = 'the condition'): Promise<void> => {
  const endMs = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`${what} did not come true`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
