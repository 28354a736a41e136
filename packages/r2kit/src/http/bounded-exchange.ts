import { networkError } from '#network-error'
import { onAbort } from '../base/abort.js'
import type { Clock } from '../base/clock.js'
import { abortError, isR2Error, type R2Error } from '../errors/index.js'
import type { Watched } from './bounded-streams.js'
import type { Running } from './closing.js'
import { PeerWatch } from './peer-watch.js'
import { collect, ResponseCollector, requireLength } from './response-collector.js'
import { type HeaderFields, type HttpRequest, type HttpResponse, isSuccess, mayHaveBody } from './transport.js'

/** One request for a `PlainSend`, which puts it on the wire unchanged. */
export interface PlainRequest extends Pick<HttpRequest, 'method' | 'origin' | 'path' | 'query' | 'headers' | 'body'> {
  /** Aborts when the attempt ends early, by a timeout, the caller or `close`. */
  readonly signal: AbortSignal
}

/** The head of a response, and its body, of which nothing has been read. */
export interface PlainResponse {
  readonly status: number
  readonly headers: HeaderFields
  /** Null for none. */
  readonly body: ReadableStream<Uint8Array> | null
  /** Whether `content-length` is not the length of `body`, because a content coding has been undone. @defaultValue false */
  readonly isDecoded?: boolean
}

/**
 * Sends one request and resolves at the head of its response. It rejects where no response arrives, and its body errors where
 * the rest does not, with any error. It needs no timeouts and no limits: its transport has them.
 */
export type PlainSend = (request: PlainRequest) => Promise<PlainResponse>

type Streams = typeof import('./bounded-streams.js')

/**
 * One request of a `BoundedTransport`: its time, its end and its response.
 *
 *     sending ── head ──▶ receiving ── body whole, or cancelled ──▶ done
 *        └──────── failure, abort, timeout ───────┴──▶ done, with an error
 */
export class BoundedExchange implements Running, Watched {
  readonly watch: PeerWatch
  whenEnded: (() => void) | undefined
  readonly #request: HttpRequest
  readonly #streams: Streams | undefined
  readonly #ended: (exchange: BoundedExchange) => void
  readonly #controller = new AbortController()
  readonly #stopListening: (() => void) | undefined
  #state: 'sending' | 'receiving' | 'done' = 'sending'
  #error: R2Error | undefined

  /**
   * @param streams the code for streams, undefined where the request has none
   * @param ended called once, when the request has its outcome and its response has been read
   */
  constructor(
    request: HttpRequest,
    clock: Clock,
    streams: Streams | undefined,
    ended: (exchange: BoundedExchange) => void,
  ) {
    const { signal } = request
    const Watch = streams?.StreamWatch ?? PeerWatch
    this.#request = request
    this.#streams = streams
    this.#ended = ended
    // Half-closed sockets of some platforms do not keep the process alive.
    this.watch = new Watch(request, clock, (error) => this.abort(error), true)
    this.#stopListening = signal && onAbort(signal, () => this.abort(abortError(signal)))
  }

  abort(error: unknown): void {
    this.#controller.abort(error)
  }

  async run(send: PlainSend): Promise<HttpResponse> {
    const request = this.#request
    const streams = this.#streams
    const { signal } = this.#controller
    try {
      this.watch.begin()
      const sent = send({ ...request, ...streams?.watchedUpload(this, request), signal })
      // A response that comes after the abort.
      this.whenAborted(() => sent.then(cancelBody, ignore))
      const response = await this.#orAborted(sent)
      const { status, headers, body, isDecoded } = response
      this.#state = 'receiving'
      this.watch.headArrived()
      if (body === null || !mayHaveBody(request.method, status)) {
        cancelBody(response)
        this.end()
        return { status, headers, body: new Uint8Array(0) }
      }
      const reader = body.getReader()
      this.whenAborted(() => reader.cancel().catch(ignore))
      const announcedBytes = Number(headers['content-length'] ?? 0)
      const exactLength = isDecoded ? undefined : headers['content-length']
      const isWhole = isSuccess(status)
      if (isWhole && request.responseBody === 'stream' && streams !== undefined)
        return { status, headers, body: streams.watchedBody(this, reader, exactLength) }
      if (isWhole) this.watch.collecting(announcedBytes)
      const collector = new ResponseCollector(status, announcedBytes, request.bounds.maxResponseBytes)
      const bytes = await this.#orAborted(collect(reader, collector))
      // The body of an error may have been cut.
      if (isWhole) requireLength(bytes.byteLength, exactLength)
      this.end()
      return { status, headers, body: bytes }
    } catch (cause) {
      throw this.failed(cause)
    }
  }

  whenAborted(action: (reason: unknown) => unknown): void {
    const { signal } = this.#controller
    if (signal.aborted) action(signal.reason)
    else signal.addEventListener('abort', () => action(signal.reason), { once: true })
  }

  failed(cause: unknown): R2Error {
    const hasHead = this.#state !== 'sending'
    this.end()
    // `fetch` says no more than "failed"; Node, Bun and Deno hide the reason one level down.
    const deeper = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
    const ours = [cause, this.#controller.signal.reason, deeper].find((error) => isR2Error(error))
    this.#error ??= ours ?? networkError(deeper, this.#request.origin, hasHead)
    return this.#error
  }

  end(): void {
    if (this.#state === 'done') return
    this.#state = 'done'
    this.watch.end()
    this.whenEnded?.()
    this.#stopListening?.()
    this.#ended(this)
  }

  /** The work, unless the request is aborted before it is done: not every platform ends it then. */
  #orAborted<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      work.then(resolve, reject)
      this.whenAborted(reject)
    })
  }
}

const ignore = (): void => undefined

const cancelBody = ({ body }: PlainResponse): void => {
  body?.cancel().catch(ignore)
}
