/**
 * The Transport contract: one request in, one answer out. Any status is an answer; only a failure to get one is an error
 * (kind `Network` or `Aborted`, code `Timeout`, `ConnectionFailed`, `ConnectionReset`, `StreamInterrupted`, …).
 *
 * Bytes go out as they stand here: a transport encodes, sorts, compresses and follows nothing. On the way back it undoes
 * one thing, the gzip that the request itself asked for by `accept-encoding: gzip`.
 */

export type HttpMethod = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'

/** Header fields by lower-case name. Order does not matter; a name occurs once. */
export type HeaderFields = Record<string, string>

/** A request's body, and whether it can be sent again. */
export type RequestBody =
  | { readonly kind: 'empty' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'stream'
      /** R2 refuses a PUT without a length (411 MissingContentLength), so a stream always knows it. */
      readonly contentLength: number
      /** Whether `open` may be called (again): always for a file or a Blob, once for a stream that is spent when read. */
      canOpen(): boolean
      open(): AsyncIterable<Uint8Array>
    }

export interface HttpRequest {
  readonly method: HttpMethod
  /** Scheme, host and port, without a trailing slash: `https://account.r2.cloudflarestorage.com`. */
  readonly origin: string
  /** Percent-encoded path, starting with `/`; reaches the wire unchanged, dot segments included. */
  readonly path: string
  /** Percent-encoded query without the `?`, parameters sorted as SigV4 wants them; empty for none. */
  readonly query: string
  /** Includes `host`; signing adds its own fields. */
  readonly headers: HeaderFields
  readonly body: RequestBody
  /**
   * `bytes`: the whole answer is collected before `send` resolves, which spares a stream per small request.
   * `stream`: `send` resolves at the answer's head, and the reader drives the rest.
   */
  readonly responseBody: 'bytes' | 'stream'
  /** Longest body that `bytes` collects; a longer one is the error `ResponseTooLarge`. */
  readonly maxResponseBytes: number
  /**
   * Time for one attempt. A body in memory in either direction: to the end of the answer. A streamed request body: from its
   * last byte to the answer's head. A streamed answer: to its head. Infinity for none.
   */
  readonly timeoutMs: number
  /** The time in place of `timeoutMs` for an answer in memory whose head announces at least so many bytes. */
  readonly largeAnswer?: { readonly bytes: number; readonly timeoutMs: number } | undefined
  /** Longest time without a byte from or to a peer that should take or send one, while a body streams; the clock stands still while we are the slow side. */
  readonly stallTimeoutMs: number
  readonly signal: AbortSignal | undefined
}

export interface HttpResponse {
  readonly status: number
  readonly headers: HeaderFields
  /** Collected bytes, or a stream, as the request asked; empty bytes where the answer has no body. */
  readonly body: Uint8Array | ReadableStream<Uint8Array>
}

export interface Transport {
  /** For logs and errors: `undici`, `fetch`, … */
  readonly name: string
  /**
   * Why this transport cannot put `path` on the wire as it is, or undefined when it can. The client asks before it signs:
   * WHATWG URL parsing collapses `.` and `..`, and such a key would address another object with a valid signature.
   */
  cannotSend(path: string): string | undefined
  send(request: HttpRequest): Promise<HttpResponse>
  /** Closes idle connections and refuses further requests. */
  close(): Promise<void>
}

/** Reads a header field's value, or undefined. Names are lower case. */
export const headerOf = (headers: HeaderFields, name: string): string | undefined =>
  Object.hasOwn(headers, name) ? headers[name] : undefined
