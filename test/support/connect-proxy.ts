/** A CONNECT proxy on node:net, or a faulty one, that keeps what clients sent to it. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

/** What the proxy does with a CONNECT. */
export type ProxyConduct =
  | 'tunnel'
  /** Responds with 200 and closes the connection. */
  | 'close-tunnel'
  /** Closes the connection without a response. */
  | 'close'
  /** Never responds. */
  | 'silent'
  /** Responds with this, in place of a tunnel: `403 Forbidden`. */
  | { readonly status: string; readonly headers?: string }
  /** Sends these bytes. */
  | { readonly bytes: string }
  /** Sends the head of the response byte by byte, after an interim response, and then tunnels. */
  | 'slow-tunnel'

export interface ConnectProxyOptions {
  readonly conduct?: ProxyConduct
  /** `user:password` that clients must send. */
  readonly credentials?: string
  /** Makes it an HTTPS proxy. */
  readonly tls?: TlsOptions
}

export class ConnectProxy {
  /** The heads that clients sent. */
  readonly heads: string[] = []
  conduct: ProxyConduct
  readonly #credentials: string | undefined
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #scheme: string

  constructor({ conduct = 'tunnel', credentials, tls }: ConnectProxyOptions = {}) {
    this.conduct = conduct
    this.#credentials = credentials
    this.#scheme = tls === undefined ? 'http' : 'https'
    const onConnection = (socket: Socket) => void this.#serve(socket)
    this.#server = tls === undefined ? createServer(onConnection) : createTlsServer(tls, onConnection)
  }

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('not listening')
    return address.port
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`
  }

  /** Open connections of clients. */
  get connections(): number {
    return this.#sockets.size
  }

  /** Breaks all tunnels. */
  breakTunnels(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.breakTunnels()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #serve(socket: Socket): Promise<void> {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    // These tests provoke connection resets.
    socket.on('error', () => undefined)
    const head = await this.#headOf(socket)
    if (head === undefined) return
    this.heads.push(head)
    const conduct = this.#isAuthorised(head)
      ? this.conduct
      : { status: '407 Proxy Authentication Required', headers: 'Proxy-Authenticate: Basic realm="test"\r\n' }
    if (conduct === 'silent') return
    if (conduct === 'close') return void socket.destroy()
    if (conduct === 'close-tunnel') return void socket.end('HTTP/1.1 200 Connection established\r\n\r\n')
    if (typeof conduct === 'object') {
      if ('bytes' in conduct) return void socket.end(conduct.bytes)
      return void socket.end(`HTTP/1.1 ${conduct.status}\r\n${conduct.headers ?? ''}content-length: 0\r\n\r\n`)
    }
    await this.#tunnel(socket, head, conduct)
  }

  async #tunnel(socket: Socket, head: string, conduct: 'tunnel' | 'slow-tunnel'): Promise<void> {
    const [, host = '', port = ''] = /^CONNECT (.+):(\d+) HTTP\/1\.1\r\n/.exec(head) ?? []
    // Names of the tests that no DNS knows stand for this machine.
    const target = connect(Number(port), host.endsWith('.test') ? '127.0.0.1' : host.replace(/^\[|\]$/g, ''))
    target.on('error', () => socket.destroy())
    target.on('close', () => socket.destroy())
    socket.on('close', () => target.destroy())
    await once(target, 'connect')
    if (conduct === 'slow-tunnel') {
      socket.setNoDelay(true)
      for (const byte of 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\nx: y\r\n\r\n') {
        socket.write(byte)
        await new Promise(setImmediate)
      }
    } else socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    socket.pipe(target).pipe(socket)
  }

  #isAuthorised(head: string): boolean {
    if (this.#credentials === undefined) return true
    const sent = /\r\nproxy-authorization: Basic (\S+)/i.exec(head)?.[1] ?? ''
    return Buffer.from(sent, 'base64').toString() === this.#credentials
  }

  #headOf(socket: Socket): Promise<string | undefined> {
    return new Promise((resolve) => {
      let received = Buffer.alloc(0)
      const onData = (bytes: Buffer) => {
        received = Buffer.concat([received, bytes])
        const end = received.indexOf('\r\n\r\n')
        if (end === -1) return
        socket.off('data', onData)
        socket.pause()
        resolve(received.subarray(0, end + 4).toString('latin1'))
      }
      socket.on('data', onData)
      socket.on('close', () => resolve(undefined))
    })
  }
}
