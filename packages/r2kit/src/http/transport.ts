/**
 * The Transport contract: one request in, one response out. Any status is a response. Only a failure to get a whole response
 * rejects, with an `R2Error` of kind `Network` or `Aborted` (`Timeout`, `ConnectionFailed`, `ConnectionReset`,
 * `StreamInterrupted`, …).
 *
 * What every transport must do:
 *
 * - Send method, path, query, headers and body unchanged. It encodes, sorts, compresses, redirects and retries nothing, and
 *   it never writes to the request: layers, recorders and retries keep it. A field that the wire needs beside the given ones
 *   (`content-length` of a stream) goes into a copy of the headers.
 * - Keep the request's `bounds`: attempt timeout, stall timeout, response size.
 * - Collect the body where the request asks for bytes. A stream is returned for a success only (a status from 200 to 299); the
 *   body of any other status is collected within `timeoutMs` and cut after `maxErrorBytes`.
 * - Return empty bytes for responses that have no body (to HEAD, or with 204 or 304), whatever their `content-length`.
 * - Fail a body that ends before its `content-length` with `StreamInterrupted`, and never count later bytes as part of it.
 * - Undo the gzip that the request asked for by `accept-encoding: gzip`, and no other coding.
 * - Keep control characters of the peer's text out of error messages.
 * - Keep the process alive while a call is pending, and bound each wait by a timeout, the signal or `close`.
 *
 * `createTransport` does all of this around a function that only moves bytes, so a new way to the wire is a few dozen lines:
 *
 * ```ts
 * const transport = createTransport({
 *   name: 'my-proxy',
 *   send: async ({ method, origin, path, headers, body, signal }) => {
 *     const { status, fields, stream } = await proxy.request(origin, { method, path, headers, body, signal })
 *     return { status, headers: fields, body: stream }
 *   },
 * })
 * ```
 *
 * A transport that wraps another one (to inject faults, record, or replay) inherits these duties from it:
 *
 * ```ts
 * class SlowTransport implements Transport {
 *   readonly name = 'slow'
 *   constructor(readonly inner: Transport) {}
 *   cannotSend = (path: string) => this.inner.cannotSend?.(path)
 *   close = () => this.inner.close()
 *   async send(request: HttpRequest) {
 *     await sleep(100)
 *     return this.inner.send(request)
 *   }
 * }
 * ```
 *
 * `test/support/transport-suite.ts` checks any transport against this contract.
 */

export type {} from '../base/platform-types.js'

/** The methods that R2 takes. */
export type HttpMethod = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'

/** Header fields by lower-case name. Order does not matter; a name occurs once. */
export type HeaderFields = Record<string, string>

/** A request's body, and whether it can be sent again. */
export type RequestBody =
  | { readonly kind: 'empty' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'stream'
      /** Exact length in bytes. R2 rejects a PUT without a length (411 MissingContentLength), so a stream always has one. */
      readonly contentLength: number
      /** Whether `open` may be called (again): always for a file or a Blob, once for a stream that is used up by reading. */
      canOpen(): boolean
      /**
       * The same bytes as a Blob, where there is one. A transport that sends it in place of the chunks reads all of these before:
       * they are counted and hashed on their way. @defaultValue none
       */
      readonly blob?: Blob | undefined
      /**
       * Whether the bytes can be read before they are sent: `stored` ones at little cost (a file, a Blob), those of a `reopenable`
       * source at a cost that is unknown. @defaultValue 'once'
       */
      readonly source?: 'once' | 'reopenable' | 'stored' | undefined
      /**
       * The chunks, from the first byte. The memory of a chunk may be reused after it was sent: copy the bytes to keep them, by
       * `new Uint8Array(chunk)`. `chunk.slice()` is no copy where the chunk is a Buffer.
       */
      open(): AsyncIterable<Uint8Array>
    }

/** Limits of one attempt, in time and size. All times are in milliseconds. */
export interface RequestBounds {
  /** Longest body of a success that `responseBody: 'bytes'` collects; a longer one is the error `ResponseTooLarge`. */
  readonly maxResponseBytes: number
  /**
   * Time for one attempt. A body in memory in either direction: until the end of the response. A streamed request body: from
   * its last byte to the head of the response. A streamed response: see `timeoutCovers`. Infinity for none.
   */
  readonly timeoutMs: number
  /**
   * How much of a streamed response `timeoutMs` covers: the wait for its `head`, or all of the `response`, without the time in
   * which the reader is the slow side. A body that exceeds it is `StreamInterrupted`. @defaultValue 'head'
   */
  readonly timeoutCovers?: 'head' | 'response' | undefined
  /** Replaces `timeoutMs` for a response in memory whose head announces at least `bytes`. */
  readonly largeResponse?: { readonly bytes: number; readonly timeoutMs: number } | undefined
  /**
   * Longest time without a byte, while a body streams, from a peer that should send one or to a peer that should take one.
   * Time in which the reader or the source is the slow side does not count.
   */
  readonly stallTimeoutMs: number
  /**
   * Longest wait for a connection, for a transport that makes its connections itself. It can only be shorter than the transport's
   * own limit. @defaultValue the transport's
   */
  readonly connectTimeoutMs?: number | undefined
}

/** One request, ready for the wire. A transport only reads it. */
export interface HttpRequest {
  readonly method: HttpMethod
  /** Scheme, host and port, without a trailing slash: `https://account.r2.cloudflarestorage.com`. */
  readonly origin: string
  /** Percent-encoded path, starting with `/`; reaches the wire unchanged, dot segments included. */
  readonly path: string
  /** Percent-encoded query without the `?`, parameters sorted as SigV4 requires; empty for none. */
  readonly query: string
  /** Includes `host`; signing adds its own fields. */
  readonly headers: Readonly<HeaderFields>
  readonly body: RequestBody
  /**
   * `bytes`: `send` resolves with the whole response, which saves a stream per small request. `stream`: `send` resolves at the
   * head of a successful response, and the reader controls the flow of its body.
   */
  readonly responseBody: 'bytes' | 'stream'
  readonly bounds: RequestBounds
  /**
   * When the credentials of the signature expire, in milliseconds since the epoch on the client's clock. A transport that queues
   * requests rejects the request with `ExpiredToken` instead of sending it later. @defaultValue never
   */
  readonly notAfterMs?: number | undefined
  /** Ends the attempt, at any moment until the response's body has ended. */
  readonly signal: AbortSignal | undefined
}

/** One response, whatever its status. */
export interface HttpResponse {
  readonly status: number
  readonly headers: HeaderFields
  /** A stream where the request asked for one and the response is a success with a body; otherwise the collected bytes. */
  readonly body: Uint8Array | ReadableStream<Uint8Array>
  /** Whether the platform hides header fields from this program, as CORS does from pages. @defaultValue false */
  readonly hidesHeaders?: boolean | undefined
}

/** Sends requests; the contract is at the top of this file. */
export interface Transport {
  /** For logs and errors: `undici`, `fetch`, … */
  readonly name: string
  /** Sends one request, and resolves with its response. */
  send(request: HttpRequest): Promise<HttpResponse>
  /**
   * Closes idle connections, and rejects waiting requests and all later ones with `ClientClosed`. Requests in flight have a
   * limited time to end (5 s by default, and 1 s for a body that is not read); those left then fail with `ClientClosed` too.
   * Resolves when none is left.
   */
  close(): Promise<void>
  /**
   * Why this transport cannot put `path` on the wire unchanged, or undefined when it can. The client calls it before it signs:
   * WHATWG URL parsing collapses `.` and `..`, and such a key would address another object with a valid signature. A transport
   * without this method can send every path; one that wraps another passes the call on.
   */
  cannotSend?(path: string): string | undefined
}

/** Longest body that is collected of a response that is not a success; R2's error documents are under 2 KB. */
export const maxErrorBytes = 64 * 1024

/** Whether a status is from 200 to 299. */
export const isSuccess = (status: number): boolean => status >= 200 && status < 300

/** Whether a response to `method` with this status has a body (RFC 9110, sections 9.3.2, 15.3.5, 15.3.6 and 15.4.5). */
export const mayHaveBody = (method: HttpMethod, status: number): boolean =>
  method !== 'HEAD' && status !== 204 && status !== 205 && status !== 304

/** Cancels a body that is not read: a stream without a reader would hold its connection. */
export const cancelBody = ({ body }: { readonly body: Uint8Array | ReadableStream | null }): void => {
  if (!(body instanceof Uint8Array)) body?.cancel().catch(() => undefined)
}

/** A header field's value, or undefined. Names are lower case. */
export const headerOf = (headers: HeaderFields, name: string): string | undefined =>
  Object.hasOwn(headers, name) ? headers[name] : undefined
