/**
 * The Transport contract: one request in, one response out. Any status is a response; only a failure to get a whole one is an
 * error (kind `Network` or `Aborted`, code `Timeout`, `ConnectionFailed`, `ConnectionReset`, `StreamInterrupted`, …).
 *
 * Bytes go out as they stand here: a transport encodes, sorts, compresses and follows nothing. On the way back it undoes
 * one thing, the gzip that the request itself asked for by `accept-encoding: gzip`.
 *
 * Every transport keeps these rules, and `test/support/transport-suite.ts` checks them:
 *
 * - A stream is given for a success only (a status from 200 to 299). The body of any other status is collected within
 *   `timeoutMs`, cut after `maxErrorBytes`, and returned as bytes.
 * - Responses that have no body (to HEAD, 204, 304) have empty bytes, whatever their `content-length`.
 * - A body that ends before its `content-length` is `StreamInterrupted`; bytes after it are never part of the body.
 * - Control characters of a peer's text never reach an error's message.
 * - While a call is pending the process stays alive, and each wait is bounded by a timeout, the signal or `close`.
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
   * `bytes`: the whole response is collected before `send` resolves, which spares a stream per small request.
   * `stream`: `send` resolves at the head of a successful response, and the reader drives the rest.
   */
  readonly responseBody: 'bytes' | 'stream'
  /** Longest body of a success that `bytes` collects; a longer one is the error `ResponseTooLarge`. */
  readonly maxResponseBytes: number
  /**
   * Time for one attempt. A body in memory in either direction: to the end of the response. A streamed request body: from its
   * last byte to the head of the response. A streamed response: as `timeoutCovers` says. Infinity for none.
   */
  readonly timeoutMs: number
  /**
   * What `timeoutMs` covers where the response streams: the wait for its `head`, or all of the `response`, without the time in
   * which the reader is the slow side. A response that is late in its body is `StreamInterrupted`. @defaultValue 'head'
   */
  readonly timeoutCovers?: 'head' | 'response' | undefined
  /** The time in place of `timeoutMs` for a response in memory whose head announces at least so many bytes. */
  readonly largeResponse?: { readonly bytes: number; readonly timeoutMs: number } | undefined
  /** Longest time without a byte from or to a peer that should take or send one, while a body streams; the clock stands still while we are the slow side. */
  readonly stallTimeoutMs: number
  readonly signal: AbortSignal | undefined
}

export interface HttpResponse {
  readonly status: number
  readonly headers: HeaderFields
  /** A stream where the request asked for one and the response is a success with a body; else the collected bytes. */
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
  /**
   * Closes idle connections, and rejects requests that wait for one and all later ones with `ClientClosed`. Requests in flight
   * have a stated time to end (5 s by default; a body that is not read for a second is not waited for); those left then fail
   * with `ClientClosed` too. Resolves when none is left.
   */
  close(): Promise<void>
}

/** Longest body that is collected of a response that is not a success; R2's error documents are under 2 KB. */
export const maxErrorBytes = 64 * 1024

export const isSuccess = (status: number): boolean => status >= 200 && status < 300

/** Whether a response to `method` with this status has a body (RFC 9110, sections 9.3.2, 15.3.5, 15.3.6 and 15.4.5). */
export const mayHaveBody = (method: HttpMethod, status: number): boolean =>
  method !== 'HEAD' && status !== 204 && status !== 205 && status !== 304

/** Reads a header field's value, or undefined. Names are lower case. */
export const headerOf = (headers: HeaderFields, name: string): string | undefined =>
  Object.hasOwn(headers, name) ? headers[name] : undefined
