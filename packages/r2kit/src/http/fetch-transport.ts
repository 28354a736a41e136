import { onAbort } from '../base/abort.js'
import { type Clock, systemClock, type Timer } from '../base/clock.js'
import { abortError, isR2Error, R2Error } from '../errors/index.js'
import type { FetchInit, Upload } from './fetch-upload.js'
import type { HeaderFields, HttpRequest, HttpResponse, Transport } from './message.js'

export interface FetchTransportOptions {
  /** The function to call. @defaultValue the platform's `fetch` */
  readonly fetch?: typeof globalThis.fetch
  readonly clock?: Clock
}

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
  #closed = false

  constructor(options: FetchTransportOptions = {}) {
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
    this.#clock = options.clock ?? systemClock
  }

  cannotSend(path: string): string | undefined {
    return dotSegment.test(path)
      ? 'fetch resolves "." and ".." segments of a path, so it would address another object'
      : undefined
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const { signal, origin, body, timeoutMs, stallTimeoutMs } = request
    // Before the request: where a connection breaks, code may not be reachable either.
    const addStream = body.kind === 'stream' ? (await import('./fetch-upload.js')).addStream : undefined
    if (this.#closed) throw new R2Error('ClientClosed', 'the client has been disposed')
    if (signal?.aborted) throw abortError(signal)
    const controller = new AbortController()
    const stopListening = signal && onAbort(signal, () => controller.abort(abortError(signal)))
    let timer: Timer | undefined
    const startMs = this.#clock.monotonicMs()
    const expectPeerWithin = (timeMs: number, error: () => R2Error) => {
      timer?.cancel()
      timer =
        timeMs === Number.POSITIVE_INFINITY ? undefined : this.#clock.after(timeMs, () => controller.abort(error()))
    }
    const late = (timeMs: number) => () => new R2Error('Timeout', `no answer from ${origin} within ${timeMs} ms`)
    let hasHead = false
    // An upload may go on after the head, and platforms read on for a while after an abort.
    let watchesUpload = true
    const upload: Upload = {
      ours: () => {
        if (watchesUpload) timer?.cancel()
      },
      peers: () => {
        if (watchesUpload) expectPeerWithin(stallTimeoutMs, late(stallTimeoutMs))
      },
      sent: () => {
        if (watchesUpload) expectPeerWithin(timeoutMs, late(timeoutMs))
      },
      failed: (error) => controller.abort(error),
    }
    const done = () => {
      watchesUpload = false
      timer?.cancel()
      stopListening?.()
    }
    if (body.kind !== 'stream') upload.sent()
    try {
      const init = initOf(request, controller.signal)
      if (body.kind === 'stream') addStream?.(init, body, upload)
      const response = await this.#fetch(urlOf(request), init)
      hasHead = true
      watchesUpload = false
      const headers: HeaderFields = {}
      response.headers.forEach((value, name) => {
        headers[name] = value
      })
      const { status } = response
      if (request.responseBody === 'bytes' || response.body === null) {
        const { largeAnswer } = request
        if (largeAnswer !== undefined && Number(headers['content-length'] ?? 0) >= largeAnswer.bytes) {
          const leftMs = startMs + largeAnswer.timeoutMs - this.#clock.monotonicMs()
          expectPeerWithin(leftMs, late(largeAnswer.timeoutMs))
        }
        const collected = collect(response.body, request.maxResponseBytes)
        const bytes = await Promise.race([collected, whenAborted(controller.signal)])
        done()
        return { status, headers, body: bytes }
      }
      timer?.cancel()
      const watch = () => {
        expectPeerWithin(
          stallTimeoutMs,
          () => new R2Error('StreamInterrupted', `no byte from ${origin} for ${stallTimeoutMs} ms`),
        )
        return timer
      }
      return { status, headers, body: watched(response.body, watch, done, controller) }
    } catch (cause) {
      done()
      throw failure(cause, controller.signal, origin, hasHead)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
  }
}

const urlOf = (request: HttpRequest): string =>
  request.query === '' ? request.origin + request.path : `${request.origin}${request.path}?${request.query}`

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

const collect = async (body: ReadableStream<Uint8Array> | null, limit: number): Promise<Uint8Array> => {
  if (body === null) return new Uint8Array(0)
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > limit) {
      await reader.cancel()
      throw new R2Error('ResponseTooLarge', `the answer has more bytes than the limit of ${limit}`)
    }
    chunks.push(value)
  }
  const [first] = chunks
  if (chunks.length === 1 && first !== undefined) return first
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}

/** Rejects when the request is aborted. Node's `fetch` leaves the reader of a body waiting then, where all of it has arrived. */
const whenAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

/** The answer's stream under a watch that runs only while we wait for the peer. */
const watched = (
  body: ReadableStream<Uint8Array>,
  watch: () => { cancel(): void } | undefined,
  done: () => void,
  controller: AbortController,
): ReadableStream<Uint8Array> => {
  const reader = body.getReader()
  const broken = (cause: unknown) => {
    done()
    const { reason } = controller.signal
    return isR2Error(reason)
      ? reason
      : new R2Error('StreamInterrupted', `the answer broke off: ${String(cause)}`, { cause })
  }
  return new ReadableStream<Uint8Array>(
    {
      start: (sink) => {
        whenAborted(controller.signal).catch((cause: unknown) => sink.error(broken(cause)))
      },
      pull: async (sink) => {
        const timer = watch()
        try {
          const { done: ended, value } = await reader.read()
          if (!ended) return sink.enqueue(value)
          done()
          sink.close()
        } catch (cause) {
          throw broken(cause)
        } finally {
          timer?.cancel()
        }
      },
      cancel: async (reason) => {
        done()
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

const failure = (cause: unknown, signal: AbortSignal, origin: string, hasHead: boolean): R2Error => {
  if (isR2Error(cause)) return cause
  if (isR2Error(signal.reason)) return signal.reason
  // `fetch` tells no more than "failed"; Node, Bun and Deno hide the reason one level down.
  const deeper = cause instanceof Error && cause.cause instanceof Error ? cause.cause : undefined
  if (isR2Error(deeper)) return deeper
  if (hasHead)
    return new R2Error('StreamInterrupted', `the answer broke off: ${deeper?.message ?? String(cause)}`, { cause })
  return new R2Error('ConnectionFailed', `no answer from ${origin}: ${deeper?.message ?? String(cause)}`, { cause })
}
