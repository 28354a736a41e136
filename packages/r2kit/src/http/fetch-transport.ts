import { type Clock, systemClock } from '../base/clock.js'
import { abortError, R2Error } from '../errors/index.js'
import { callback, duration, objectOf, refuseOption, withMethods } from '../validation/index.js'
import { closeTimeoutMsDefault, closeWithin } from './closing.js'
import { FetchExchange, type Streaming } from './fetch-exchange.js'
import type { HttpRequest, HttpResponse, Transport } from './message.js'

export interface FetchTransportOptions {
  /** The function to call. @defaultValue the platform's `fetch` */
  readonly fetch?: typeof globalThis.fetch
  readonly clock?: Clock
  /** As in `ConnectionOptions`. @defaultValue 5_000 */
  readonly closeTimeoutMs?: number | undefined
}

const optionsField = objectOf<FetchTransportOptions>(
  'FetchTransportOptions',
  {
    fetch: callback<typeof globalThis.fetch>(),
    clock: withMethods<Clock>('a Clock', 'now', 'monotonicMs', 'after'),
    closeTimeoutMs: duration,
  },
  { argument: 'options' },
)

const none: Streaming = {}

/** A path segment that WHATWG URL parsing removes, and with it the segment before. */
const dotSegment = /(^|\/)(\.|%2e){1,2}(\/|$)/i

/**
 * The platform's own `fetch`: Workers, Deno, Bun, browsers. It parses URLs, so a key with `.` or `..` segments cannot be sent
 * unchanged and is refused before it is signed.
 */
export class FetchTransport implements Transport {
  readonly name = 'fetch'
  readonly #fetch: typeof globalThis.fetch
  readonly #clock: Clock
  readonly #closeTimeoutMs: number
  readonly #running = new Set<FetchExchange>()
  /** Once the transport closes: to be called when no request runs. */
  #whenFree: (() => void) | undefined
  #closing: Promise<void> | undefined

  /** @throws R2Error `InvalidConfig` naming the option */
  constructor(given: FetchTransportOptions = {}) {
    const options = optionsField.read(given, '', refuseOption)
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
    this.#clock = options.clock ?? systemClock
    this.#closeTimeoutMs = options.closeTimeoutMs ?? closeTimeoutMsDefault
  }

  cannotSend(path: string): string | undefined {
    return dotSegment.test(path)
      ? 'fetch resolves "." and ".." segments of a path, so it would address another object'
      : undefined
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const { signal, body, responseBody } = request
    // Before the request: where a connection breaks, code may not be reachable either.
    const { addStream } = body.kind === 'stream' ? await import('./fetch-upload.js') : none
    const { streamBody } = responseBody === 'stream' ? await import('./fetch-stream.js') : none
    if (this.#closing !== undefined) throw new R2Error('ClientClosed', 'the client has been disposed')
    if (signal?.aborted) throw abortError(signal)
    const exchange = new FetchExchange(request, this.#clock, this.#ended)
    this.#running.add(exchange)
    return exchange.send(this.#fetch, { addStream, streamBody })
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

  readonly #ended = (exchange: FetchExchange): void => {
    this.#running.delete(exchange)
    if (this.#running.size === 0) this.#whenFree?.()
  }
}
