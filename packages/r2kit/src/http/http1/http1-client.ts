/** HTTP/1.1 on one connection, one request at a time, in place of undici's client on runtimes where that is slow. */
import type { Duplex } from 'node:stream'
import { isNode } from '../../base/runtime.js'
import { type HttpMethod, isSuccess } from '../transport.js'
import type { ClientSettings, Dispatchable, DispatchOptions, HttpClient } from '../undici/connection.js'
import { takeReads } from '../undici/internals/shared-read-buffer.js'
import { IdleTimer, idleTimeoutOf } from './idle-timer.js'
import { joinedBytesMax, writeJoined } from './joined-write.js'
import { type RequestHead, requestHead } from './request-head.js'
import type { ResponseHead } from './response-head.js'
import { ResponseParser } from './response-parser.js'

type Callback = Parameters<ClientSettings['connect']>[1]
type Body = Uint8Array | AsyncIterable<Uint8Array> | null

/** A request on the connection, until its response is whole or it has failed. */
interface Run {
  readonly exchange: Dispatchable
  readonly method: HttpMethod
  readonly head: RequestHead
  readonly body: Body
  /** Whether the last byte of the request has been written. */
  isSent: boolean
  /** Of the response; 0 before its head. */
  status: number
  /** Resolves the pending wait for the socket to take more. */
  drained: (() => void) | undefined
}

/**
 * One connection, or the one that replaces it after it was closed.
 *
 *     closed ── dispatch ──▶ connecting ──▶ busy ── response whole ──▶ idle ── dispatch ──▶ busy
 *     any ── failure, abort, the server closes, idle for too long ──▶ closed
 */
export class Http1Client implements HttpClient {
  readonly #settings: ClientSettings
  readonly #address: URL
  readonly #idle: IdleTimer
  #socket: Duplex | undefined
  #parser: ResponseParser | undefined
  #run: Run | undefined
  /** Calls that wait for the request in flight. */
  #whenFree: (() => void)[] = []

  constructor(settings: ClientSettings) {
    this.#settings = settings
    this.#address = new URL(settings.origin)
    this.#idle = new IdleTimer(settings.idleTimeoutMs, () => {
      if (this.#run === undefined) this.#drop()
    })
  }

  dispatch(options: DispatchOptions, exchange: Dispatchable): void {
    const { method, path } = options
    const body = options.body as Body
    try {
      const headers = options.headers as Record<string, string>
      const head = requestHead(method, path, headers, lengthOf(method, headers, body))
      this.#run = { exchange, method: method as HttpMethod, head, body, isSent: false, status: 0, drained: undefined }
    } catch (error) {
      exchange.onError?.(error as Error)
      return
    }
    if (this.#socket !== undefined && !this.#idle.isOver) this.#start(this.#socket, this.#run)
    else this.#connect(this.#run)
  }

  async close(): Promise<void> {
    if (this.#run !== undefined) await new Promise<void>((resolve) => this.#whenFree.push(resolve))
    await this.destroy()
  }

  async destroy(): Promise<void> {
    const closed = this.#socket && new Promise<void>((resolve) => this.#socket?.once('close', resolve))
    this.#break(new Error('the client was destroyed'))
    await closed
  }

  #connect(run: Run): void {
    this.#drop()
    const { protocol, host, hostname, port } = this.#address
    this.#settings.connect({ protocol, host, hostname, port }, (...[error, socket]: Parameters<Callback>) => {
      if (error !== null) return this.#fail(run, error)
      this.#attach(socket)
      if (this.#run === run) this.#start(socket, run)
      else this.#drop()
    })
  }

  #attach(socket: Duplex): void {
    const parser = new ResponseParser(
      {
        head: (head) => this.#received(socket, head),
        data: (bytes) => this.#deliver(socket, bytes),
        complete: (isReusable) => this.#complete(isReusable),
      },
      this.#settings.maxHeadBytes,
    )
    this.#socket = socket
    this.#parser = parser
    this.#settings.opened()
    const isCurrent = () => this.#socket === socket
    const read = (bytes: Buffer) => {
      if (!isCurrent()) return
      try {
        parser.push(bytes)
      } catch (error) {
        if (isCurrent()) this.#break(error as Error)
      }
    }
    takeReads(socket, read)
    socket.on('data', read)
    // That of a proxy's tunnel comes paused.
    socket.resume()
    socket.on('end', () => {
      // A proxy's tunnel names itself as the cause.
      if (isCurrent() && !parser.end()) this.#break(socket.errored ?? closedByServer())
      if (isCurrent()) this.#drop()
    })
    socket.on('error', (error) => {
      if (isCurrent()) this.#break(error)
    })
    socket.on('close', () => {
      if (isCurrent()) this.#break(closedByServer())
    })
    socket.on('drain', () => {
      const drained = this.#run?.drained
      if (isCurrent()) drained?.()
    })
  }

  #start(socket: Duplex, run: Run): void {
    this.#idle.stop()
    setKeepsAlive(socket, true)
    run.exchange.onConnect?.((cause) => {
      if (this.#run === run) this.#break(cause ?? new Error('aborted'))
    })
    // `onConnect` may have aborted the request.
    if (this.#run !== run) return
    this.#parser?.expect(run.method)
    this.#send(socket, run)
  }

  #send(socket: Duplex, run: Run): void {
    const { head, body } = run
    if (body === null) writeHead(socket, head)
    else if (body instanceof Uint8Array) {
      if (body.byteLength <= joinedBytesMax) writeJoined(socket, head, body)
      else {
        writeHead(socket, head)
        socket.write(body)
      }
    } else {
      writeHead(socket, head)
      this.#sendStream(socket, run, body).catch((error: Error) => {
        if (this.#run === run) this.#break(error)
      })
      return
    }
    this.#sent(run)
  }

  async #sendStream(socket: Duplex, run: Run, body: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of body) {
      // Ends the source too.
      if (this.#run !== run) return
      if (chunk.byteLength === 0 || socket.write(chunk)) continue
      await new Promise<void>((resolve) => {
        run.drained = resolve
      })
      run.drained = undefined
    }
    if (this.#run === run) this.#sent(run)
  }

  #sent(run: Run): void {
    run.isSent = true
    run.exchange.onRequestSent()
  }

  #received(socket: Duplex, { status, headers }: ResponseHead): void {
    const run = this.#run
    // The request may have been aborted by what the same read contained before.
    if (this.#socket !== socket || run === undefined) return
    this.#idle.limit(idleTimeoutOf(headers['keep-alive']))
    run.status = status
    run.exchange.onHead(status, headers, () => {
      if (this.#socket !== socket) return
      setKeepsAlive(socket, true)
      socket.resume()
    })
  }

  #deliver(socket: Duplex, bytes: Buffer): void {
    if (this.#socket !== socket) return
    if (this.#run?.exchange.onData?.(bytes) !== false || this.#socket !== socket) return
    socket.pause()
    // A body that is never read must not keep the process alive.
    setKeepsAlive(socket, false)
  }

  #complete(isReusable: boolean): void {
    const run = this.#run
    const socket = this.#socket
    if (run === undefined || socket === undefined) return
    this.#end(run)
    if (isReusable && isTaken(run, socket)) {
      setKeepsAlive(socket, false)
      socket.resume()
      this.#idle.start()
    } else this.#drop()
    run.exchange.onComplete?.([])
  }

  /** Closes the connection, and fails the request on it. */
  #break(error: Error): void {
    const run = this.#run
    this.#drop()
    if (run !== undefined) this.#fail(run, error)
  }

  #fail(run: Run, error: Error): void {
    if (this.#run !== run) return
    this.#end(run)
    run.exchange.onError?.(error)
  }

  #end(run: Run): void {
    this.#run = undefined
    run.drained?.()
    for (const resolve of this.#whenFree.splice(0)) resolve()
  }

  #drop(): void {
    this.#idle.stop()
    const socket = this.#socket
    this.#socket = undefined
    this.#parser = undefined
    if (socket === undefined) return
    this.#settings.closed()
    socket.destroy()
  }
}

/** What the head declares: nothing for a request without a body, except where the server expects one. */
const lengthOf = (method: string, headers: Readonly<Record<string, string>>, body: Body): number | undefined => {
  if (body instanceof Uint8Array) return body.byteLength
  const declared = headers['content-length']
  if (body === null) return method === 'PUT' || method === 'POST' || declared !== undefined ? 0 : undefined
  return declared === undefined ? undefined : Number(declared)
}

/**
 * Whether the system has taken the whole request. Otherwise the response came early, and the server may never read the rest: the
 * next request would wait behind it. TLS counts bytes as pending for a moment longer, so a success proves that they were sent.
 */
const isTaken = ({ isSent, status }: Run, socket: Duplex): boolean =>
  isSent && (isSuccess(status) || socket.writableLength === 0)

const closedByServer = (): Error => new Error('the server closed the connection')

/** As UTF-8 where that is the same bytes, because Bun writes it faster; Node is faster with Latin-1. */
const writeHead = (socket: Duplex, { text, isAscii }: RequestHead): boolean =>
  socket.write(text, isAscii && !isNode ? 'utf8' : 'latin1')

const setKeepsAlive = (socket: Duplex, keepsAlive: boolean): void => {
  const { ref, unref } = socket as { ref?(): void; unref?(): void }
  ;(keepsAlive ? ref : unref)?.call(socket)
}
