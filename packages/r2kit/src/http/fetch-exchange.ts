/** One request by `fetch`: its time, its abort and its response. */
import { networkError } from '#network-error'
import { onAbort } from '../base/abort.js'
import type { Clock, Timer } from '../base/clock.js'
import { abortError, isR2Error, R2Error } from '../errors/index.js'
import type { Running } from './closing.js'
import { checkLength, collect } from './collect-body.js'
import type { streamBody } from './fetch-stream.js'
import type { addStream, FetchInit, Upload } from './fetch-upload.js'
import { type HeaderFields, type HttpRequest, type HttpResponse, isSuccess, mayHaveBody } from './message.js'

/** Longest timer, after which a longer wait sets the next one. */
const dayMs = 86_400_000

/** What is loaded for requests with streams only. */
export interface Streaming {
  readonly addStream?: typeof addStream | undefined
  readonly streamBody?: typeof streamBody | undefined
}

export class FetchExchange implements Running {
  heldBy: Running['heldBy']
  heldSinceMs = 0
  readonly request: HttpRequest
  readonly clock: Clock
  /** When the attempt began, on the monotonic clock. */
  readonly startMs: number
  readonly #ended: (exchange: FetchExchange) => void
  readonly #controller = new AbortController()
  readonly #stopListening: (() => void) | undefined
  #timer: Timer | undefined
  /** An upload may outlast the head of its response, and platforms read on for a while after an abort. */
  #watchesUpload = true
  #hasHead = false

  /** @param ended called when the request has its outcome and its response has been read, perhaps more than once */
  constructor(request: HttpRequest, clock: Clock, ended: (exchange: FetchExchange) => void) {
    const { signal } = request
    this.request = request
    this.clock = clock
    this.#ended = ended
    this.startMs = clock.monotonicMs()
    this.#stopListening = signal && onAbort(signal, () => this.abort(abortError(signal)))
  }

  abort(error: unknown): void {
    this.#controller.abort(error)
  }

  /** Sends the request by `fetch`; what handles streams has been loaded where the request has them. */
  async send(fetch: typeof globalThis.fetch, { addStream, streamBody }: Streaming): Promise<HttpResponse> {
    const { body, maxResponseBytes, method, largeResponse, timeoutMs } = this.request
    try {
      const init = initOf(this.request, this.#controller.signal)
      if (body.kind === 'stream') addStream?.(init, body, this.#upload)
      else this.#upload.sent()
      const response = await this.#orAborted(fetch(urlOf(this.request), init), (late) => late.body?.cancel())
      this.#hasHead = true
      this.#watchesUpload = false
      // The response came early; how long the source still takes counts no more.
      if (this.heldBy === 'source') this.expectPeerWithin(timeoutMs, this.#late(timeoutMs))
      const { status } = response
      const headers: HeaderFields = {}
      response.headers.forEach((value, name) => {
        headers[name] = value
      })
      if (response.body === null || !mayHaveBody(method, status)) {
        response.body?.cancel().catch(ignore)
        this.end()
        return { status, headers, body: new Uint8Array(0) }
      }
      const reader = response.body.getReader()
      this.whenAborted(() => reader.cancel().catch(ignore))
      if (streamBody !== undefined && isSuccess(status)) {
        return { status, headers, body: streamBody(this, reader, headers) }
      }
      if (
        largeResponse !== undefined &&
        isSuccess(status) &&
        Number(headers['content-length'] ?? 0) >= largeResponse.bytes
      ) {
        const leftMs = this.startMs + largeResponse.timeoutMs - this.clock.monotonicMs()
        this.expectPeerWithin(leftMs, this.#late(largeResponse.timeoutMs))
      }
      const bytes = await this.#orAborted(collect(reader, status, maxResponseBytes))
      // That of an error may have been cut.
      if (isSuccess(status)) checkLength(this.request, headers, bytes.byteLength)
      this.end()
      return { status, headers, body: bytes }
    } catch (cause) {
      throw this.failed(cause)
    }
  }

  /** Each wait for the peer has a timer, which keeps the process alive: half-closed sockets do not. */
  expectPeerWithin(timeMs: number, error: () => R2Error): void {
    this.heldBy = undefined
    this.#timer?.cancel()
    const late = () => (timeMs > dayMs ? this.expectPeerWithin(timeMs - dayMs, error) : this.abort(error()))
    this.#timer = this.clock.after(Math.min(timeMs, dayMs), late, true)
  }

  /** The caller is the slow side from now on. */
  holdFor(holder: Running['heldBy']): void {
    this.#timer?.cancel()
    this.heldBy = holder
    this.heldSinceMs = this.clock.monotonicMs()
  }

  #late(timeMs: number): () => R2Error {
    return () => {
      const what = this.#hasHead ? 'whole response' : 'response'
      return new R2Error('Timeout', `no ${what} from ${this.request.origin} within ${timeMs} ms`)
    }
  }

  readonly #upload: Upload = {
    ours: () => {
      if (this.#watchesUpload) this.holdFor('source')
    },
    peers: () => {
      const { stallTimeoutMs } = this.request
      if (this.#watchesUpload) this.expectPeerWithin(stallTimeoutMs, this.#late(stallTimeoutMs))
    },
    sent: () => {
      const { timeoutMs } = this.request
      if (this.#watchesUpload) this.expectPeerWithin(timeoutMs, this.#late(timeoutMs))
    },
    failed: (error) => this.abort(error),
  }

  whenAborted(action: (reason: unknown) => unknown): void {
    const { signal } = this.#controller
    if (signal.aborted) action(signal.reason)
    else signal.addEventListener('abort', () => action(signal.reason), { once: true })
  }

  /** The work, unless the request is aborted before it is done: not every platform ends it then. */
  #orAborted<T>(work: Promise<T>, dismiss?: (late: T) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      work.then(resolve, reject)
      this.whenAborted((reason) => {
        reject(reason)
        if (dismiss !== undefined) work.then(dismiss).catch(ignore)
      })
    })
  }

  /** Ends the request and returns its error. */
  failed(cause: unknown): R2Error {
    this.end()
    const { reason } = this.#controller.signal
    // `fetch` says no more than "failed"; Node, Bun and Deno hide the reason one level down.
    const deeper = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
    const ours = [cause, reason, deeper].find((error) => isR2Error(error))
    return ours ?? networkError(deeper, this.request.origin, this.#hasHead)
  }

  end(): void {
    this.#watchesUpload = false
    this.#timer?.cancel()
    this.#stopListening?.()
    this.#ended(this)
  }
}

const ignore = (): void => undefined

const urlOf = ({ origin, path, query }: HttpRequest): string =>
  query === '' ? origin + path : `${origin}${path}?${query}`

const initOf = (request: HttpRequest, signal: AbortSignal): FetchInit => {
  // `host` is fetch's to set, and so is the length of a body in memory.
  const { host: _host, ...headers } = request.headers
  // Platforms ask for compression by themselves, and undo it; some do not undo what they did not ask for.
  if (headers['accept-encoding'] === 'gzip') delete headers['accept-encoding']
  const { body, method } = request
  const init: FetchInit = { method, headers, signal, redirect: 'manual' }
  if (body.kind === 'bytes') init.body = body.bytes as Uint8Array<ArrayBuffer>
  return init
}
