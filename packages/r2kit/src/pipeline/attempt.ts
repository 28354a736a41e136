import type { Clock } from '../base/clock.js'
import type { R2Error } from '../errors/index.js'
import type { HttpRequest, HttpResponse } from '../http/index.js'
import type { OperationTraits } from './call.js'
import type { CallEvents } from './call-events.js'
import type { Layer } from './compose.js'

/** One attempt to send the request of a call. */
export interface Attempt {
  /** The operation: its name, and whether it is idempotent. */
  readonly operation: OperationTraits
  /** The bucket that the request is about; undefined for operations without one. */
  readonly bucket: string | undefined
  /** The key that the request is about; undefined for operations on buckets. */
  readonly key: string | undefined
  /** The client's clock. */
  readonly clock: Clock
  /** Ends the call; the deadline of its `timeoutMs` included. */
  readonly signal: AbortSignal | undefined
  /** Aborts when the client is disposed. A wait of a layer's own listens to it, as it listens to `signal`. */
  readonly disposed: AbortSignal
  /** When the call's `timeoutMs` ends, in milliseconds on the monotonic clock; Infinity without a timeout. */
  readonly deadlineMs: number
  /** Counts the attempts of the call, from 1. */
  readonly number: number
  /** The request before it is signed. */
  readonly request: HttpRequest
}

/** An attempt with the fields that only the client's own layers use. */
export interface InternalAttempt extends Attempt {
  /** Overrides the retry policy's. */
  readonly maxAttempts: number | undefined
  /** Whether the request may be sent again after an ambiguous failure: neither the operation nor a condition forbids it. */
  readonly repeatable: boolean
  /**
   * For writes that must not be stored twice: receives every failure of an attempt and, where the server may have acted,
   * looks whether it did. Resolves with the response that was lost, or rejects; a retryable error may be sent again.
   */
  readonly resolveOutcome: ((error: R2Error) => Promise<HttpResponse>) | undefined
  /** Lower-case hex SHA-256 of the body, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string
  /** Compares a successful response with the bytes that were sent, or its body with the checksum of the object. */
  readonly verifier: { verify(response: HttpResponse): void | Promise<void> } | undefined
  /** Reports to the client's listeners; undefined without listeners. */
  readonly events: CallEvents | undefined
}

/** A layer of the client's own. */
export type InternalAttemptLayer = Layer<InternalAttempt, HttpResponse>

/** Sends an attempt, and resolves with a successful response. */
export type AttemptHandler = (attempt: Attempt) => Promise<HttpResponse>

/**
 * A layer around each attempt: a header, a request log, a rate limit. It runs once per attempt, before the request is signed.
 *
 * - **Reads** every field of the attempt. Objects are shared with other attempts and must not be mutated.
 * - **Changes** the request's headers by passing a copy to `next`:
 *   `next({ ...attempt, request: { ...attempt.request, headers: { ...attempt.request.headers, 'x-team': 'search' } } })`.
 *   Names are lower case, values printable ASCII. The request is signed below the layer, and the signature covers the headers
 *   that change what R2 does: `x-amz-…`, `cf-…`, `content-…`, `if-…`, `cache-control`, `expires` and `range`. Headers that proxies
 *   may rewrite, such as `traceparent`, are sent unsigned. The client sets `host`, `authorization`, `content-length`,
 *   `x-amz-date`, `x-amz-content-sha256` and `x-amz-security-token` itself. Conditions, checksums and metadata belong to the input
 *   of the operation, whose retries depend on them.
 * - **Response**: `next` resolves with a successful response only (status 200 to 299); the layer returns it, or a copy. Its
 *   body is either bytes, which have ended, or a stream of which the layer sees the end only if it wraps the stream.
 * - **Errors**: any other status, and a failed connection, reject as an `R2Error`. An `R2Error` that the layer throws is
 *   retried if it is `retryable`, like one of the server's. Any other error ends the call and reaches the caller
 *   unchanged.
 * - A request that R2 refuses because of a wrong clock or an expired token is signed and sent once more below this layer, as
 *   part of the same attempt.
 *
 * @example
 * const headerLayer: AttemptLayer = (next) => (attempt) => {
 *   const headers = { ...attempt.request.headers, 'x-request-source': 'nightly-export' }
 *   return next({ ...attempt, request: { ...attempt.request, headers } })
 * }
 */
export type AttemptLayer = (next: AttemptHandler) => AttemptHandler
