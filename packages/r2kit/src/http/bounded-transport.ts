import { type Clock, systemClock } from '../base/clock.js'
import { abortError, clientError } from '../errors/calls.js'
import { BoundedExchange, type SendWithStreams, type Streams } from './bounded-exchange.js'
import { closeTimeoutMsDefault, closeWithin } from './closing.js'
import type { HttpRequest, HttpResponse, Transport } from './transport.js'

/** The options of every transport, and the function that sends. */
export interface BoundedTransportOptions {
  readonly send: SendWithStreams
  readonly clock?: Clock | undefined
  readonly closeTimeoutMs?: number | undefined
  /** Loads the code for streams. @defaultValue requests with a stream are rejected */
  readonly loadStreams?: (() => Promise<Streams>) | undefined
}

const noStreams = (): never => {
  throw clientError('InvalidConfig', 'this client has no streams', {
    hint: 'Pass streams of r2kit/core to createClient, after the operations.',
  })
}

/**
 * A transport over a function that sends one request. It implements the duties in `transport.ts`: timeouts, size limits,
 * cancellation, closing, errors. `createTransport` wraps it for users, and adds gunzip.
 */
export class BoundedTransport implements Transport {
  readonly name: string
  readonly #send: SendWithStreams
  readonly #clock: Clock
  readonly #closeTimeoutMs: number
  readonly #loadStreams: () => Promise<Streams>
  readonly #running = new Set<BoundedExchange>()
  /** While the transport closes: called when no request is left. */
  #whenFree: (() => void) | undefined
  #closing: Promise<void> | undefined

  constructor(
    name: string,
    {
      send,
      clock = systemClock,
      closeTimeoutMs = closeTimeoutMsDefault,
      loadStreams = noStreams,
    }: BoundedTransportOptions,
  ) {
    this.name = name
    this.#send = send
    this.#clock = clock
    this.#closeTimeoutMs = closeTimeoutMs
    this.#loadStreams = loadStreams
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const { signal, body, responseBody } = request
    // Loaded before the request: once a connection has failed, code may be out of reach too.
    const hasStream = body.kind === 'stream' || responseBody === 'stream'
    const streams = hasStream ? await this.#loadStreams() : undefined
    if (this.#closing !== undefined) throw clientError('ClientClosed', 'the client has been disposed')
    if (signal?.aborted) throw abortError(signal)
    const exchange = new BoundedExchange(request, this.#clock, streams, this.#ended)
    this.#running.add(exchange)
    return exchange.run(this.#send)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #close(): Promise<void> {
    const free = new Promise<void>((resolve) => {
      this.#whenFree = resolve
    })
    if (this.#running.size === 0) this.#whenFree?.()
    return closeWithin(this.#clock, this.#closeTimeoutMs, () => this.#running, free)
  }

  readonly #ended = (exchange: BoundedExchange): void => {
    this.#running.delete(exchange)
    if (this.#running.size === 0) this.#whenFree?.()
  }
}
