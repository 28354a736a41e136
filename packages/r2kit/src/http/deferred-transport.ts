import { R2Error } from '../errors/index.js'
import type { HttpRequest, HttpResponse, Transport } from './transport.js'

/** A transport that counts its sockets, and what they and the callers wait for. */
interface CountingTransport extends Transport {
  /** Open sockets. */
  readonly connections: number
  /** Requests that wait for a connection. */
  readonly waiting: number
  /** Response bodies that hold a connection and are neither read nor cancelled. */
  readonly unreadBodies: number
}

/**
 * Loads a transport when the first request is sent: undici and what it takes of Node (TLS, HTTP/2, WebAssembly) are half of
 * the time that an import of the client would cost, also for those who only sign URLs or print a help text.
 */
export class DeferredTransport implements CountingTransport {
  readonly #load: () => Promise<CountingTransport>
  #loading: Promise<CountingTransport> | undefined
  #transport: CountingTransport | undefined
  #closed = false

  /** @param name what the transport will be called; it must be one that can send every path. */
  constructor(
    readonly name: string,
    load: () => Promise<CountingTransport>,
  ) {
    this.#load = load
  }

  get connections(): number {
    return this.#transport?.connections ?? 0
  }

  get waiting(): number {
    return this.#transport?.waiting ?? 0
  }

  get unreadBodies(): number {
    return this.#transport?.unreadBodies ?? 0
  }

  send(request: HttpRequest): Promise<HttpResponse> {
    return this.#transport?.send(request) ?? this.#sendFirst(request)
  }

  async close(): Promise<void> {
    this.#closed = true
    // Where loading failed there is nothing to close, and the requests that needed it have failed with the reason.
    const transport = await this.#loading?.catch(() => undefined)
    await transport?.close()
  }

  async #sendFirst(request: HttpRequest): Promise<HttpResponse> {
    if (this.#closed) throw new R2Error('ClientClosed', 'the client has been disposed')
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined
      throw error
    })
    this.#transport = await this.#loading
    return this.#transport.send(request)
  }
}
