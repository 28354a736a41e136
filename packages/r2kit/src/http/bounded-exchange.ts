import { onAbort, whenAborted } from '#abort'
import { networkError } from '#network-error'
import type { Clock } from '../base/clock.js'
import { abortError, isR2Error, type R2Error } from '../errors/calls.js'
import type { Watched } from './bounded-streams.js'
import type { Running } from './closing.js'
import { PeerWatch } from './peer-watch.js'
import { collect, ResponseCollector, requireLength } from './response-collector.js'
import {
  cancelBody,
  type HeaderFields,
  type HttpRequest,
  type HttpResponse,
  isSuccess,
  mayHaveBody,
} from './transport.js'

/** A request for the function that `createTransport` takes, to be put on the wire unchanged. */
export interface PlainRequest extends Pick<HttpRequest, 'method' | 'origin' | 'path' | 'query' | 'headers' | 'body'> {
  /** Aborts when the attempt ends early, by a timeout, the caller or `close`. */
  readonly signal: AbortSignal
}

/** The head of a response, and its unread body. */
export interface PlainResponse {
  readonly status: number
  /** By lower-case name. */
  readonly headers: HeaderFields
  /** Null for a response without a body. */
  readonly body: ReadableStream<Uint8Array> | null
  /** Whether a content coding has been undone, so that `content-length` is not the length of `body`. @defaultValue false */
  readonly isDecoded?: boolean | undefined
  /** As in `HttpResponse`. @defaultValue false */
  readonly hidesHeaders?: boolean | undefined
}

/**
 * Sends one request, and resolves at the head of its response. It rejects where no response arrives; the body errors where it
 * breaks off. Errors may be of any type. Timeouts and limits are added by the transport.
 */
export type PlainSend = (request: PlainRequest) => Promise<PlainResponse>

/** The same, for the transports of this package. @param streams undefined where the request has no stream */
export type SendWithStreams = (request: PlainRequest, streams: Streams | undefined) => Promise<PlainResponse>

/** The code for streams, which the first request with one loads. */
export type Streams = typeof import('./streams.js')

/**
 * One request of a `BoundedTransport`.
 *
 *     sending ── head ──▶ receiving ── body ended or cancelled ──▶ done
 *        └────────────────────┴── failure, abort, timeout ──▶ done, with `#error`
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
   * @param streams undefined where the request has no stream
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

  /** Sends the request. To be called once. */
  async run(send: SendWithStreams): Promise<HttpResponse> {
    const request = this.#request
    const streams = this.#streams
    const { signal } = this.#controller
    try {
      this.watch.begin()
      const sent = send({ ...request, ...streams?.watchedUpload(this, request), signal }, streams)
      // Also a response that arrives after the abort.
      this.whenAborted(() => sent.then(cancelBody, ignore))
      const response = await this.#orAborted(sent)
      const { status, headers, body, isDecoded, hidesHeaders } = response
      this.#state = 'receiving'
      this.watch.headArrived()
      if (body === null || !mayHaveBody(request.method, status)) {
        cancelBody(response)
        this.end()
        // `fetch` hides the body of a 205, and would read it to an end that may never come.
        if (status === 205) this.#controller.abort()
        return { status, headers, body: new Uint8Array(0), hidesHeaders }
      }
      const reader = body.getReader()
      this.whenAborted(() => reader.cancel().catch(ignore))
      const announcedBytes = Number(headers['content-length'] ?? 0)
      const exactLength = isDecoded ? undefined : headers['content-length']
      const isWhole = isSuccess(status)
      if (isWhole && request.responseBody === 'stream' && streams !== undefined)
        return { status, headers, body: streams.watchedBody(this, reader, exactLength, hidesHeaders), hidesHeaders }
      if (isWhole) this.watch.collecting(announcedBytes)
      const collector = new ResponseCollector(status, announcedBytes, request.bounds.maxResponseBytes)
      const bytes = await this.#orAborted(collect(reader, collector))
      // The body of an error may have been cut.
      if (isWhole) await requireLength(bytes.byteLength, exactLength, hidesHeaders)
      this.end()
      return { status, headers, body: bytes, hidesHeaders }
    } catch (cause) {
      throw this.failed(cause)
    }
  }

  whenAborted(action: (reason: unknown) => unknown): void {
    const { signal } = this.#controller
    whenAborted(signal, () => action(signal.reason))
  }

  failed(cause: unknown): R2Error {
    const hasHead = this.#state !== 'sending'
    this.end()
    // The error of `fetch` is generic; in Node, Bun and Deno its cause has the reason.
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
