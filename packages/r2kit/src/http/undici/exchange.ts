import { onAbort } from '../../base/abort.js'
import type { Clock, Timer } from '../../base/clock.js'
import { abortError, R2Error } from '../../errors/index.js'
import { countedSource } from '../body/counted-source.js'
import type { HeaderFields, HttpRequest, HttpResponse } from '../message.js'
import { AnswerBody } from './answer-body.js'
import type { Dispatchable, Started } from './connection-pool.js'
import { networkError } from './network-error.js'

const nothing = new Uint8Array(0)

/**
 * One request on one socket: collects or streams the answer, and watches the time. It is undici's handler itself, in the
 * form undici uses inside, so that nothing is wrapped or converted on the way.
 */
export class Exchange implements Dispatchable {
  cancelled = false
  /** Whether the bytes that come next are the answer's, of which none is kept without being copied. */
  isInBody = false
  readonly #request: HttpRequest
  readonly #clock: Clock
  readonly #resolve: (response: HttpResponse) => void
  readonly #reject: (error: R2Error) => void
  readonly #stopListening: (() => void) | undefined
  #abortSocket: ((error: Error) => void) | undefined
  #release: (() => void) | undefined
  #abandon: (() => void) | undefined
  #source: AsyncIterator<Uint8Array> | undefined
  #timer: Timer | undefined
  /** When the peer is late, on the monotonic clock; Infinity while we are the slow side. */
  #lateAtMs = Number.POSITIVE_INFINITY
  /** The time that the peer was last given. */
  #allowedMs = 0
  #settled = false
  #status = 0
  #headers: HeaderFields = {}
  #collected: Uint8Array = nothing
  #collectedBytes = 0
  #answer: AnswerBody | undefined
  #resume: (() => void) | undefined

  constructor(
    request: HttpRequest,
    clock: Clock,
    resolve: (response: HttpResponse) => void,
    reject: (error: R2Error) => void,
  ) {
    this.#request = request
    this.#clock = clock
    this.#resolve = resolve
    this.#reject = reject
    if (request.signal !== undefined) {
      const { signal } = request
      this.#stopListening = onAbort(signal, () => this.#fail(abortError(signal)))
    }
  }

  /** Called by the pool when a socket has been assigned. */
  started: Started = (release, abandon) => {
    this.#release = release
    this.#abandon = abandon
    this.#expectPeerWithin(this.#request.body.kind === 'stream' ? Number.POSITIVE_INFINITY : this.#request.timeoutMs)
  }

  /** The request's body as undici takes it: bytes as they are, a stream counted and watched. */
  requestBody(): Uint8Array | AsyncIterable<Uint8Array> | null {
    const { body } = this.#request
    if (body.kind === 'empty') return null
    if (body.kind === 'bytes') return body.bytes
    return { [Symbol.asyncIterator]: () => this.#watchedSource(body.open(), body.contentLength) }
  }

  // undici's handler, in the order of a request's life

  onConnect(abort: (error?: Error) => void): void {
    this.#abortSocket = abort
    if (this.cancelled) abort(abortError(this.#request.signal))
  }

  onRequestSent(): void {
    if (this.#request.body.kind === 'stream') this.#expectPeerWithin(this.#request.timeoutMs)
  }

  onHeaders(status: number, rawHeaders: Buffer[], resume: () => void): boolean {
    if (status < 200) return true
    this.#status = status
    this.#resume = resume
    const headers = readHeaders(rawHeaders)
    this.#headers = headers
    this.isInBody = true
    if (this.#request.responseBody === 'stream') {
      this.#openStream()
      return true
    }
    const length = Number(headers['content-length'] ?? 0)
    if (this.#request.method !== 'HEAD' && length > 0) {
      if (length > this.#request.maxResponseBytes) {
        this.#fail(tooLarge(`${length}`, this.#request.maxResponseBytes))
        return true
      }
      this.#collected = new Uint8Array(length)
      const { largeAnswer } = this.#request
      if (largeAnswer !== undefined && length >= largeAnswer.bytes) {
        this.#lateAtMs += largeAnswer.timeoutMs - this.#allowedMs
        this.#allowedMs = largeAnswer.timeoutMs
      }
    }
    return true
  }

  onData(chunk: Buffer): boolean {
    if (this.#answer !== undefined) return this.#deliver(this.#answer, chunk)
    const end = this.#collectedBytes + chunk.length
    if (end > this.#collected.length) {
      // No Content-Length (a compressed or chunked answer): grow by doubling, up to what the caller allows.
      if (end > this.#request.maxResponseBytes) {
        this.#fail(tooLarge('more', this.#request.maxResponseBytes))
        return true
      }
      const grown = new Uint8Array(Math.max(end, this.#collected.length * 2, 4096))
      grown.set(this.#collected.subarray(0, this.#collectedBytes))
      this.#collected = grown
    }
    this.#collected.set(chunk, this.#collectedBytes)
    this.#collectedBytes = end
    return true
  }

  onComplete(): void {
    this.#end()
    if (this.#answer !== undefined) {
      this.#answer.close()
      return
    }
    const { length } = this.#collected
    const body = this.#collectedBytes === length ? this.#collected : this.#collected.subarray(0, this.#collectedBytes)
    this.#resolve({ status: this.#status, headers: this.#headers, body })
  }

  onError(cause: Error): void {
    // Undici reports an aborted request before it destroys the socket; the next request must not be given that socket.
    queueMicrotask(() => this.#releaseOnce())
    this.#fail(networkError(cause, this.#request.origin, this.#status !== 0))
  }

  #openStream(): void {
    // The timer that bounded the wait for the head may be set for long after a stall.
    this.#timer?.cancel()
    this.#timer = undefined
    this.#expectPeerWithin(this.#request.stallTimeoutMs)
    this.#answer = new AnswerBody({
      open: () => {
        this.#expectPeerWithin(this.#request.stallTimeoutMs)
        // Not at once: all sockets share one parser, and who reads here may have been called by it, with bytes of another.
        queueMicrotask(() => this.#resume?.())
      },
      abandon: (cause) => this.#fail(new R2Error('Aborted', 'the reader cancelled the answer', { cause })),
    })
    this.#resolve({ status: this.#status, headers: this.#headers, body: this.#answer.stream })
  }

  #deliver(answer: AnswerBody, chunk: Buffer): boolean {
    if (this.#settled) return true
    const goesOn = answer.push(chunk)
    this.#lateAtMs = goesOn ? this.#clock.monotonicMs() + this.#request.stallTimeoutMs : Number.POSITIVE_INFINITY
    return goesOn
  }

  #watchedSource(source: AsyncIterable<Uint8Array>, contentLength: number): AsyncIterator<Uint8Array> {
    const iterator = source[Symbol.asyncIterator]()
    this.#source = iterator
    return countedSource(iterator, contentLength, {
      ours: () => {
        this.#lateAtMs = Number.POSITIVE_INFINITY
      },
      peers: () => this.#expectPeerWithin(this.#request.stallTimeoutMs),
    })
  }

  /** The peer has to act within this time from now. One timer serves the whole request and is moved only when it fires. */
  #expectPeerWithin(timeMs: number): void {
    this.#lateAtMs = this.#clock.monotonicMs() + timeMs
    this.#allowedMs = timeMs
    if (this.#timer === undefined && !this.#settled && timeMs !== Number.POSITIVE_INFINITY) this.#watch(timeMs)
  }

  #watch(delayMs: number): void {
    this.#timer = this.#clock.after(delayMs, () => {
      const leftMs = this.#lateAtMs - this.#clock.monotonicMs()
      if (leftMs > 0) {
        this.#watch(Math.min(leftMs, this.#request.stallTimeoutMs))
        return
      }
      const { origin, responseBody } = this.#request
      this.#fail(
        this.#status === 0 || responseBody === 'bytes'
          ? new R2Error('Timeout', `no answer from ${origin} within ${this.#allowedMs} ms`)
          : new R2Error('StreamInterrupted', `no byte from ${origin} for ${this.#allowedMs} ms`),
      )
    })
  }

  #fail(error: R2Error): void {
    if (this.#settled) return
    this.cancelled = true
    this.#end()
    this.#answer?.fail(error)
    this.#reject(error)
    if (this.#abortSocket === undefined) this.#abandon?.()
    else this.#abortSocket(error)
  }

  #end(): void {
    this.#settled = true
    this.isInBody = false
    this.#timer?.cancel()
    this.#stopListening?.()
    // Also after an answer that came before the body had gone out. A source that has ended takes this as nothing.
    this.#source?.return?.().catch(() => {
      // The request has its outcome; how the source takes its dismissal changes nothing.
    })
    if (this.#status !== 0 && !this.cancelled) this.#releaseOnce()
  }

  #releaseOnce(): void {
    this.#release?.()
    this.#release = undefined
  }
}

const readHeaders = (raw: Buffer[]): HeaderFields => {
  const headers: HeaderFields = {}
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]?.toString('latin1').toLowerCase() ?? ''
    const value = raw[index + 1]?.toString('utf8') ?? ''
    const earlier = headers[name]
    headers[name] = earlier === undefined ? value : `${earlier}, ${value}`
  }
  return headers
}

const tooLarge = (size: string, limit: number): R2Error =>
  new R2Error('ResponseTooLarge', `the answer has ${size} bytes, over the limit of ${limit}`)
