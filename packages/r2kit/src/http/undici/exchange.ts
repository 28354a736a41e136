import { onAbort } from '../../base/abort.js'
import type { Clock, Timer } from '../../base/clock.js'
import { abortError, R2Error } from '../../errors/index.js'
import { countedSource } from '../body/counted-source.js'
import type { Running } from '../closing.js'
import {
  type HeaderFields,
  type HttpRequest,
  type HttpResponse,
  isSuccess,
  maxErrorBytes,
  mayHaveBody,
} from '../message.js'
import { networkError } from '../network-error.js'
import type { Dispatchable, Lease } from './connection.js'
import { ResponseBody } from './response-body.js'

const nothing = new Uint8Array(0)

/**
 * One request on one socket: collects or streams the response, and watches the time. It is undici's handler itself, in the
 * form undici uses inside, so that nothing is wrapped or converted on the way.
 */
export class Exchange implements Dispatchable, Running {
  /** Whether the bytes that come next are the response's, of which none is kept without being copied. */
  isInBody = false
  heldBy: Running['heldBy']
  heldSinceMs = 0
  readonly #request: HttpRequest
  readonly #clock: Clock
  #resolve: (response: HttpResponse) => void
  #reject: (error: R2Error) => void
  readonly #stopListening: (() => void) | undefined
  #leaveQueue: (() => void) | undefined
  #abortSocket: ((error: Error) => void) | undefined
  #lease: Lease | undefined
  #source: AsyncIterator<Uint8Array> | undefined
  #timer: Timer | undefined
  /** When the timer fires, on the monotonic clock; Infinity without one. */
  #timerAtMs = Number.POSITIVE_INFINITY
  /** When the peer is late, on the monotonic clock; counts only while the peer is the slow side. */
  #lateAtMs = Number.POSITIVE_INFINITY
  /** The time that the peer was last given. */
  #allowedMs = 0
  /** When all of a streamed response has to be there; moves on by the time that the reader is the slow side. */
  #endAtMs = Number.POSITIVE_INFINITY
  /** Has its outcome before undici has ended it: the connection is released when undici has. */
  #cancelled = false
  #settled = false
  #status = 0
  #headers: HeaderFields = {}
  #collected: Uint8Array = nothing
  #collectedBytes = 0
  #response: ResponseBody | undefined
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
      this.#stopListening = onAbort(signal, () => this.abort(abortError(signal)))
    }
  }

  /** The request's body as undici takes it: bytes as they are, a stream counted and watched. */
  requestBody(): Uint8Array | AsyncIterable<Uint8Array> | null {
    const { body } = this.#request
    if (body.kind === 'empty') return null
    if (body.kind === 'bytes') return body.bytes
    return { [Symbol.asyncIterator]: () => this.#watchedSource(body.open(), body.contentLength) }
  }

  /** Ends the request with this error, unless it has ended. */
  abort(error: R2Error): void {
    if (this.#settled) return
    this.#cancelled = true
    this.#end()
    this.#response?.fail(error)
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
    this.#expectPeerWithin(this.#request.body.kind === 'stream' ? Number.POSITIVE_INFINITY : this.#request.timeoutMs)
  }

  // undici's handler, in the order of a request's life

  onConnect(abort: (error?: Error) => void): void {
    this.#abortSocket = abort
    if (this.#cancelled) abort(abortError(this.#request.signal))
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
    // The response came early; how long the source still takes counts no more.
    if (this.heldBy === 'source') this.#expectPeerWithin(this.#request.timeoutMs)
    if (!mayHaveBody(this.#request.method, status)) this.#endAtHead()
    else if (!isSuccess(status)) this.#collected = new Uint8Array(Math.min(lengthOf(headers), maxErrorBytes))
    else if (this.#request.responseBody === 'stream') this.#openStream()
    else this.#prepare(lengthOf(headers))
    return true
  }

  onData(chunk: Buffer): boolean {
    if (this.#response !== undefined) return this.#deliver(this.#response, chunk)
    const end = this.#collectedBytes + chunk.length
    if (end > this.#collected.length && !this.#grow(end)) return this.#cut(chunk)
    this.#collected.set(chunk, this.#collectedBytes)
    this.#collectedBytes = end
    return true
  }

  onComplete(): void {
    if (this.#settled) {
      this.#releaseOnce()
      return
    }
    this.#end()
    if (this.#response !== undefined) this.#response.close()
    else this.#respond(this.#collectedBytes)
  }

  onError(cause: Error): void {
    // Undici reports an aborted request before it destroys the socket; the next request must not be given that socket.
    queueMicrotask(() => this.#releaseOnce())
    this.abort(networkError(cause, this.#request.origin, this.#status !== 0))
  }

  /** There is no body. Undici would fail a 304 that announces the length of the object (RFC 9110, section 8.6). */
  #endAtHead(): void {
    this.#cancelled = true
    this.#end()
    this.#respond(0)
  }

  /** Makes room for the body of a success, whose head announces so many bytes; 0 where it announces none. */
  #prepare(length: number): void {
    const { maxResponseBytes, largeResponse } = this.#request
    if (length > maxResponseBytes) {
      this.abort(tooLarge(`${length}`, maxResponseBytes))
      return
    }
    if (length > 0) this.#collected = new Uint8Array(length)
    if (largeResponse === undefined || length < largeResponse.bytes) return
    this.#lateAtMs += largeResponse.timeoutMs - this.#allowedMs
    this.#allowedMs = largeResponse.timeoutMs
  }

  /** For a response without Content-Length (compressed or in chunks): doubles, up to the limit. False when that is passed. */
  #grow(bytes: number): boolean {
    const limit = isSuccess(this.#status) ? this.#request.maxResponseBytes : maxErrorBytes
    if (bytes > limit) return false
    const grown = new Uint8Array(Math.min(limit, Math.max(bytes, this.#collected.length * 2, 4096)))
    grown.set(this.#collected.subarray(0, this.#collectedBytes))
    this.#collected = grown
    return true
  }

  /** The body is longer than the limit: an error for a success, the end of what is read for any other status. */
  #cut(chunk: Buffer): boolean {
    if (isSuccess(this.#status)) {
      this.abort(tooLarge('more', this.#request.maxResponseBytes))
      return true
    }
    const whole = new Uint8Array(maxErrorBytes)
    whole.set(this.#collected.subarray(0, this.#collectedBytes))
    whole.set(chunk.subarray(0, maxErrorBytes - this.#collectedBytes), this.#collectedBytes)
    this.#collected = whole
    this.#cancelled = true
    this.#end()
    this.#respond(maxErrorBytes)
    this.#abortSocket?.(new Error('the rest of the response is not read'))
    return true
  }

  #respond(bytes: number): void {
    const body = bytes === this.#collected.length ? this.#collected : this.#collected.subarray(0, bytes)
    this.#resolve({ status: this.#status, headers: this.#headers, body })
  }

  #openStream(): void {
    // Until now it was the head that had to be there by then.
    if (this.#request.timeoutCovers === 'response') this.#endAtMs = this.#lateAtMs
    this.#expectPeerWithin(this.#request.stallTimeoutMs)
    this.#response = new ResponseBody({
      open: () => {
        this.#expectPeerWithin(this.#request.stallTimeoutMs)
        // Later: all sockets share one parser, and the reader may have been called by it, with bytes of another.
        queueMicrotask(() => this.#resume?.())
      },
      abandon: (cause) => this.abort(new R2Error('Aborted', 'the reader cancelled the response', { cause })),
    })
    this.#resolve({ status: this.#status, headers: this.#headers, body: this.#response.stream() })
    // Either leads to the promise of the response, and so to the stream, which must be garbage once its reader has dropped it.
    this.#resolve = ignore
    this.#reject = ignore
  }

  #deliver(response: ResponseBody, chunk: Buffer): boolean {
    if (this.#settled) return true
    const wantsMore = response.push(chunk)
    if (!wantsMore) this.#holdFor('reader')
    else if (this.heldBy !== undefined) this.#expectPeerWithin(this.#request.stallTimeoutMs)
    else this.#lateAtMs = this.#clock.monotonicMs() + this.#request.stallTimeoutMs
    return wantsMore
  }

  #watchedSource(source: AsyncIterable<Uint8Array>, contentLength: number): AsyncIterator<Uint8Array> {
    const iterator = source[Symbol.asyncIterator]()
    this.#source = iterator
    return countedSource(iterator, contentLength, {
      ours: () => {
        if (this.#status === 0) this.#holdFor('source')
      },
      peers: () => {
        if (this.#status === 0) this.#expectPeerWithin(this.#request.stallTimeoutMs)
      },
    })
  }

  /** The caller is the slow side from now on. */
  #holdFor(holder: Running['heldBy']): void {
    if (this.#settled) return
    if (this.heldBy === undefined) this.heldSinceMs = this.#clock.monotonicMs()
    this.heldBy = holder
  }

  /** The peer has to act within this time from now. One timer serves the whole request, and moves only when it fires or is due earlier. */
  #expectPeerWithin(timeMs: number): void {
    const nowMs = this.#clock.monotonicMs()
    if (this.heldBy !== undefined) {
      this.#endAtMs += nowMs - this.heldSinceMs
      this.heldBy = undefined
    }
    this.#lateAtMs = nowMs + timeMs
    this.#allowedMs = timeMs
    const dueAtMs = Math.min(this.#lateAtMs, this.#endAtMs)
    if (dueAtMs >= this.#timerAtMs || this.#settled) return
    this.#timer?.cancel()
    this.#watch(nowMs, dueAtMs)
  }

  #watch(nowMs: number, untilMs: number): void {
    this.#timerAtMs = untilMs
    this.#timer = this.#clock.after(untilMs - nowMs, () => {
      const nowMs = this.#clock.monotonicMs()
      const dueAtMs = this.heldBy === undefined ? Math.min(this.#lateAtMs, this.#endAtMs) : Number.POSITIVE_INFINITY
      if (dueAtMs > nowMs) this.#watch(nowMs, Math.min(dueAtMs, nowMs + this.#request.stallTimeoutMs))
      else this.abort(this.#late())
    })
  }

  #late(): R2Error {
    const { origin, timeoutMs } = this.#request
    if (this.#response === undefined)
      return new R2Error(
        'Timeout',
        `no ${this.#status === 0 ? '' : 'whole '}response from ${origin} within ${this.#allowedMs} ms`,
      )
    return this.#endAtMs <= this.#lateAtMs
      ? new R2Error('StreamInterrupted', `the response from ${origin} did not end within ${timeoutMs} ms`)
      : new R2Error('StreamInterrupted', `no byte from ${origin} for ${this.#allowedMs} ms`)
  }

  #end(): void {
    this.#settled = true
    this.isInBody = false
    this.heldBy = undefined
    this.#timer?.cancel()
    this.#stopListening?.()
    // Also after a response that came before the body had gone out. A source that has ended takes this as nothing.
    this.#source?.return?.().catch(() => {
      // The request has its outcome; how the source takes its dismissal changes nothing.
    })
    if (this.#status !== 0 && !this.#cancelled) this.#releaseOnce()
  }

  #releaseOnce(): void {
    this.#lease?.release()
    this.#lease = undefined
  }
}

const ignore = (): void => undefined

const lengthOf = (headers: HeaderFields): number => Number(headers['content-length'] ?? 0)

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
  new R2Error('ResponseTooLarge', `the response has ${size} bytes, over the limit of ${limit}`)
