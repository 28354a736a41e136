import { R2Error } from '../errors/index.js'
import type { HttpRequest, HttpResponse, Transport } from './transport.js'

/**
 * Loads a transport when the first request is sent: undici and its dependencies in Node (TLS, HTTP/2, WebAssembly) take half of
 * the time of an import of the client, which programs that only sign URLs or print a help text never need.
 */
export class DeferredTransport implements Transport {
  readonly #load: () => Promise<Transport>
  #loading: Promise<Transport> | undefined
  #transport: Transport | undefined
  #closed = false

  /** @param name the name of the loaded transport, which must be able to send every path */
  constructor(
    readonly name: string,
    load: () => Promise<Transport>,
  ) {
    this.#load = load
  }

  send(request: HttpRequest): Promise<HttpResponse> {
    return this.#transport?.send(request) ?? this.#sendFirst(request)
  }

  async close(): Promise<void> {
    this.#closed = true
    // Where loading failed there is nothing to close, and the requests have failed with the reason.
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
