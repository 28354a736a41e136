import { onAbort } from '#abort'
import type { Clock, Timer } from '../../base/clock.js'
import { abortError, R2Error } from '../../errors/index.js'
import { countedSource } from '../body/counted-source.js'
import { reportingSent } from '../body/sent-chunks.js'
import type { Running } from '../closing.js'
import { networkError } from '../network-error.js'
import { ResponseCollector } from '../response-collector.js'
import { type HeaderFields, type HttpRequest, type HttpResponse, isSuccess, mayHaveBody } from '../transport.js'
import type { Dispatchable, Lease } from './connection.js'
import { readHeaders } from './header-fields.js'
import { ResponseBody } from './response-body.js'
import { SocketWatch } from './socket-watch.js'

type State = 'queued' | 'connecting' | 'sending' | 'collecting' | 'streaming' | 'draining' | 'done'

/**
 * One request on one socket. It is undici's handler itself, in the form that undici uses inside, so that nothing is wrapped or
 * converted.
 *
 *     queued ── started ──▶ connecting ── onConnect ──▶ sending ── onHeaders ──▶ collecting or streaming ── onComplete ──▶ done
 *
 *     any of these ── failure, abort, a response without a body ──▶ draining ── onComplete, onError ──▶ done
 *
 * In `draining` the caller has its outcome, and undici still uses the socket; its further calls are ignored. On the way to
 * `done` the connection returns to the pool.
 */
export class Exchange implements Dispatchable, Running {
  readonly watch: SocketWatch
  readonly #request: HttpRequest
  readonly #clock: Clock
  #state: State = 'queued'
  #resolve: (response: HttpResponse) => void
  #reject: (error: R2Error) => void
  readonly #stopListening: (() => void) | undefined
  /** In `queued`. */
  #leaveQueue: (() => void) | undefined
  /** From `connecting` on. */
  #lease: Lease | undefined
  /** In `connecting`, where the request has a limit of its own for it. */
  #connectTimer: Timer | undefined
  /** From `sending` on. */
  #abortSocket: ((error: Error) => void) | undefined
  #source: AsyncIterator<Uint8Array> | undefined
  /** From the head on. */
  #status = 0
  #headers: HeaderFields = {}
  /** In `collecting`. */
  #collector: ResponseCollector | undefined
  /** In `streaming`. */
  #body: ResponseBody | undefined

  constructor(
    request: HttpRequest,
    clock: Clock,
    resolve: (response: HttpResponse) => void,
    reject: (error: R2Error) => void,
  ) {
    this.#request = request
    this.#clock = clock
    this.watch = new SocketWatch(request, clock, (error) => this.abort(error))
    this.#resolve = resolve
    this.#reject = reject
    if (request.signal !== undefined) {
      const { signal } = request
      this.#stopListening = onAbort(signal, () => this.abort(abortError(signal)))
    }
  }

  /** Whether the next bytes are the response's body, which is copied or used before `onData` returns. */
  get isInBody(): boolean {
    return this.#state === 'collecting' || this.#state === 'streaming'
  }

  /** The request's body as undici takes it: bytes as they are, a stream counted and watched. */
  requestBody(): Uint8Array | AsyncIterable<Uint8Array> | null {
    const { body } = this.#request
    if (body.kind === 'empty') return null
    if (body.kind === 'bytes') return body.bytes
    return {
      [Symbol.asyncIterator]: () => {
        this.#source = body.open()[Symbol.asyncIterator]()
        const counted = countedSource(this.#source, body.contentLength, this.watch)
        return reportingSent(counted, () => this.#lease?.isFlushed() === true)
      },
    }
  }

  /** Ends the request with this error, unless it has its outcome. */
  abort(error: R2Error): void {
    if (this.#hasOutcome) return
    this.#endWith('draining')
    this.#lease?.timer?.cancel()
    this.#body?.fail(error)
    this.#reject(error)
    if (this.#abortSocket !== undefined) this.#abortSocket(error)
    else if (this.#lease !== undefined) this.#lease.abandon()
    else this.#leaveQueue?.()
  }

  // Called by the pool

  queued(leave: () => void): void {
    this.#leaveQueue = leave
  }

  started(lease: Lease): void {
    this.#lease = lease
    this.#state = 'connecting'
    this.watch.beginOn(lease.timer)
    const { connectTimeoutMs } = this.#request.bounds
    if (connectTimeoutMs !== undefined && connectTimeoutMs !== Number.POSITIVE_INFINITY)
      this.#limitConnecting(connectTimeoutMs)
  }

  // undici's handler, in the order of a request's life

  onConnect(abort: (error?: Error) => void): void {
    this.#abortSocket = abort
    this.#connectTimer?.cancel()
    const { notAfterMs } = this.#request
    if (this.#hasOutcome) abort(new Error('the request has ended'))
    else if (notAfterMs !== undefined && this.#clock.now() >= notAfterMs) this.abort(expired())
    else this.#state = 'sending'
  }

  onRequestSent(): void {
    this.watch.requestSent()
  }

  onHeaders(status: number, rawHeaders: Buffer[], resume: () => void): boolean {
    if (status >= 200 && !this.#hasOutcome) this.onHead(status, readHeaders(rawHeaders), resume)
    return true
  }

  onHead(status: number, headers: HeaderFields, resume: () => void): void {
    if (this.#hasOutcome) return
    const { method, responseBody, bounds } = this.#request
    this.#status = status
    this.#headers = headers
    this.watch.headArrived()
    if (!mayHaveBody(method, status)) {
      // Now, since undici would fail a 304 that announces the length of the object (RFC 9110, section 8.6).
      this.#endWith('draining')
      this.#respond(new Uint8Array(0))
      // Unlike a 204 and a 304, it may be followed by a body, which must be empty (RFC 9110, section 15.3.6) and may be endless.
      if (status === 205 && headers['content-length'] !== '0') this.#abortSocket?.(new Error('a 205 has no body'))
    } else if (responseBody === 'stream' && isSuccess(status)) {
      this.#state = 'streaming'
      this.#openStream(resume)
    } else {
      this.#state = 'collecting'
      const announcedBytes = Number(headers['content-length'] ?? 0)
      if (isSuccess(status)) this.watch.collecting(announcedBytes)
      this.#collector = new ResponseCollector(status, announcedBytes, bounds.maxResponseBytes)
      if (this.#collector.error !== undefined) this.abort(this.#collector.error)
    }
  }

  onData(chunk: Buffer): boolean {
    if (this.#state === 'streaming' && this.#body !== undefined) return this.#deliver(this.#body, chunk)
    if (this.#state === 'collecting' && this.#collector?.add(chunk) === false) this.#endCollecting(this.#collector)
    return true
  }

  onComplete(): void {
    if (this.#hasOutcome) {
      this.#release()
      return
    }
    this.#endWith('done')
    this.#release()
    if (this.#body !== undefined) this.#body.close()
    else if (this.#collector !== undefined) this.#respond(this.#collector.body)
  }

  onError(cause: Error): void {
    // Undici reports an aborted request before it destroys the socket; the next request must not be given that socket.
    queueMicrotask(() => this.#release())
    this.abort(networkError(cause, this.#request.origin, this.#status !== 0))
  }

  #limitConnecting(timeoutMs: number): void {
    const { origin } = this.#request
    this.#connectTimer = this.#clock.after(timeoutMs, () =>
      this.abort(new R2Error('Timeout', `cannot connect to ${origin} within ${timeoutMs} ms`)),
    )
  }

  get #hasOutcome(): boolean {
    return this.#state === 'draining' || this.#state === 'done'
  }

  /** The body is longer than its limit: an error for a success, the end of what is read for any other status. */
  #endCollecting({ error, body }: ResponseCollector): void {
    if (error !== undefined) {
      this.abort(error)
      return
    }
    this.#endWith('draining')
    this.#respond(body)
    this.#abortSocket?.(new Error('the rest of the response is not read'))
  }

  #respond(body: Uint8Array): void {
    this.#resolve({ status: this.#status, headers: this.#headers, body })
  }

  #openStream(resume: () => void): void {
    this.watch.streaming()
    this.#body = new ResponseBody({
      resume: () => {
        this.watch.expectBytes()
        // Later: all sockets share one parser, and the reader may have been called by it, with bytes of another.
        queueMicrotask(resume)
      },
      abort: (cause) => this.abort(new R2Error('Aborted', 'the reader cancelled the response', { cause })),
    })
    this.#resolve({ status: this.#status, headers: this.#headers, body: this.#body.stream() })
    // Either leads to the promise of the response, and so to the stream, which must be garbage once its reader has dropped it.
    this.#resolve = ignore
    this.#reject = ignore
  }

  #deliver(body: ResponseBody, chunk: Buffer): boolean {
    const wantsMore = body.push(chunk)
    if (wantsMore) this.watch.bytesArrived()
    else this.watch.holdFor('reader')
    return wantsMore
  }

  /** The caller has its outcome. */
  #endWith(state: 'draining' | 'done'): void {
    this.#state = state
    this.watch.end()
    this.#connectTimer?.cancel()
    this.#stopListening?.()
    // Also after a response that came before the body was out. A source that has ended ignores it.
    this.#source?.return?.().catch(ignore)
  }

  /** Undici is finished with the socket. */
  #release(): void {
    this.#state = 'done'
    this.#lease?.release(this.#status !== 0 && !isSuccess(this.#status))
    this.#lease = undefined
  }
}

const ignore = (): void => undefined

const expired = () =>
  new R2Error('ExpiredToken', 'Request not sent: its credentials expired while it waited for a connection')
