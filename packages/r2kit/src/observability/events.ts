/**
 * The events of a client: plain data without secrets, one closed union. Every listener (metrics, traces, logs, diagnostics)
 * is a function of these events, so that all of them count the same facts. `docs/guides/observability.md` has the table.
 *
 * **Order.** Events are delivered synchronously, one after another: every listener has returned from an event before any
 * listener receives the next, also where a listener makes a call itself. Of one call, `call.started` is the first and
 * `call.ended` the last event, and both occur exactly once. Between them the attempts follow each other: `attempt.started`,
 * `request.described`, `request.signed`, `attempt.ended`, then `retry.decided` where the attempt failed. Events of different
 * calls interleave.
 *
 * **Streams.** `attempt.ended` of a streamed response occurs at its head. `call.ended` follows when the body has
 * ended, has been cancelled, or has failed; a body that the application neither reads nor cancels never ends, nor does its call.
 */
import type { ChecksumAlgorithm } from '../base/checksums/index.js'
import type { BreakerState, DelayReason } from '../pipeline/index.js'
import type { DescribedRequest } from '../security/index.js'
import type { R2EventError } from './event-error.js'
import type { TransferEvent } from './transfer-events.js'

/** The fields of every event. */
export interface EventTime {
  /** When it happened, in milliseconds since the epoch, on the client's clock. */
  readonly atMs: number
}

/** The fields of every event about a call. */
export interface CallFields {
  /** Identifies the call in this process: equal in all events of the call, and unique among all clients. */
  readonly callId: number
  /** S3's name of the operation: `PutObject`. */
  readonly operation: string
  /** Bucket of the call; undefined for operations without one. */
  readonly bucket: string | undefined
  /** Key of the object; undefined for operations on buckets. */
  readonly key: string | undefined
}

/** The fields of every event about an attempt of a call. */
export interface AttemptFields extends CallFields {
  /** Number of the attempt within its call, from 1. */
  readonly attempt: number
}

/** A call has begun: one operation of the client, however often its request is sent. */
export interface CallStarted extends CallFields {
  readonly type: 'call.started'
  /** Scheme, host and port of the client's endpoint. */
  readonly endpoint: string
  /** The multipart upload that the call is about. */
  readonly uploadId: string | undefined
  /** Number of the part that the call is about. */
  readonly partNumber: number | undefined
}

/** A call has ended, its streamed response included. */
export interface CallEnded extends CallFields {
  readonly type: 'call.ended'
  /** Whether the caller received a result. */
  readonly outcome: 'success' | 'failure'
  /** Whether a transfer made the call. Its engine may send the request again after a failure. */
  readonly isOfTransfer: boolean
  /** Milliseconds from `call.started`, with retries, waits and the body of the response. */
  readonly durationMs: number
  /** Number of attempts, also of one whose request could not be signed; 0 for a call that failed before its first attempt. */
  readonly attempts: number
  /** HTTP status of the last response; undefined where none arrived. */
  readonly status: number | undefined
  /** CF-Ray of the last response. */
  readonly requestId: string | undefined
  /** Bytes of the request body that R2 accepted; 0 for a failed call. */
  readonly bytesSent: number
  /** Bytes of the response body that arrived in successful attempts. */
  readonly bytesReceived: number
  /** Undefined for a success. */
  readonly error: R2EventError | undefined
}

/** The request of a call is about to be signed and sent. */
export interface AttemptStarted extends AttemptFields {
  readonly type: 'attempt.started'
  /** HTTP method. */
  readonly method: string
  /** The URL that the request is sent to. Requests are signed in a header, so it grants no access. */
  readonly url: string
  /** Length of the request body in bytes. */
  readonly bytes: number
}

/** The response of an attempt has arrived, or its head where the body streams; or the attempt has failed. */
export interface AttemptEnded extends AttemptFields {
  readonly type: 'attempt.ended'
  /** Whether a successful response arrived. */
  readonly outcome: 'success' | 'failure'
  /** Milliseconds from `attempt.started`. */
  readonly durationMs: number
  /** HTTP status; undefined where no response arrived. */
  readonly status: number | undefined
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
  /** Whether the body of the response streams, and arrives after this event. */
  readonly isStreaming: boolean
  /** Undefined for a success. */
  readonly error: R2EventError | undefined
}

/** A request as logs may show it. Only for listeners with `describesRequests`, because a description costs microseconds. */
export interface RequestDescribed extends AttemptFields {
  readonly type: 'request.described'
  /** Method, path, query, length and headers before the signature; secrets are masked, long values cut. */
  readonly request: DescribedRequest
}

/** A request was signed. An attempt that R2 refused for its date or token is signed twice. */
export interface RequestSigned extends AttemptFields {
  readonly type: 'request.signed'
  /** Whether the signing key of the day was in the cache. */
  readonly isKeyCached: boolean
  /** Date of the signature: `20261127T120000Z`. */
  readonly date: string
  /** Day, region and service of the signature: `20261127/auto/s3/aws4_request`. */
  readonly scope: string
  /** Names of the headers that the signature covers, separated by `;`. */
  readonly signedHeaders: string
  /** Whether the signature covers the bytes of the body, or only its length. */
  readonly isBodySigned: boolean
  /** Whether a session token was sent. */
  readonly isTemporary: boolean
}

/** An attempt has failed, and the client has decided what follows (requirement 3.1). */
export interface RetryDecided extends AttemptFields {
  readonly type: 'retry.decided'
  /**
   * - `retry-after`: another attempt follows after `delayMs`.
   * - `no-more-retries`: the error is retryable, but attempts, time or retry budget are used up, or the body cannot be sent again.
   * - `do-not-retry`: the error is final.
   */
  readonly verdict: 'retry-after' | 'no-more-retries' | 'do-not-retry'
  /** Milliseconds until the next attempt; undefined where none follows. */
  readonly delayMs: number | undefined
  /** The error of the attempt. */
  readonly error: R2EventError
}

/** The lost response of a conditional write or a completion was resolved by looking: the write was stored. */
export interface OutcomeResolved extends AttemptFields {
  readonly type: 'outcome.resolved'
  /** The error of the attempt whose response was lost. */
  readonly error: R2EventError
}

/** R2 refused a signature for its date. The client corrects its dates, and signs once more. */
export interface ClockSkewed extends AttemptFields {
  readonly type: 'clock.skewed'
  /** Milliseconds that this machine's clock is ahead of the server's; negative where it is behind. */
  readonly skewMs: number
}

/** The rate of requests was limited: by R2 (status 429), or by a layer of `r2kit/resilience`. */
export interface RateLimited extends AttemptFields {
  readonly type: 'rate.limited'
  /** `server` for a 429 or SlowDown; otherwise the layer that delays the request. */
  readonly by: 'server' | DelayReason
  /** Milliseconds that the layer waits, or that the server asked for; undefined where unknown. */
  readonly delayMs: number | undefined
}

/** A circuit breaker has changed its state, because of this call. */
export interface BreakerChanged extends CallFields {
  readonly type: 'breaker.changed'
  /** Identifies the client in this process, as in `pool.resized`. */
  readonly clientId: number
  /** The new state. */
  readonly state: BreakerState
  /** The bucket that the breaker is for; undefined for the breaker of the whole endpoint. */
  readonly ofBucket: string | undefined
}

/** R2 refused a session token as expired. The provider of the credentials is called for another. */
export interface CredentialsExpired extends AttemptFields {
  readonly type: 'credentials.expired'
}

/** The provider of the credentials has returned. */
export interface CredentialsRefreshed {
  readonly type: 'credentials.refreshed'
  /** Milliseconds that the provider took. */
  readonly durationMs: number
  /** When the credentials expire, in milliseconds since the epoch; undefined where they do not. */
  readonly expiresAtMs: number | undefined
}

/** The provider of the credentials has thrown or rejected. Calls fail only when the earlier credentials have expired. */
export interface CredentialsFailed {
  readonly type: 'credentials.failed'
  /** Milliseconds that the provider took. */
  readonly durationMs: number
  /** What it threw. */
  readonly error: R2EventError
}

/** A presigned URL was made, for audit logs (requirement 4.3). Neither the URL nor its signature is part of the event. */
export interface UrlPresigned {
  readonly type: 'url.presigned'
  /** Method that the URL permits. */
  readonly method: string
  /** Bucket that the URL is for. */
  readonly bucket: string
  /** Key of the object. */
  readonly key: string
  /** When the URL expires, in milliseconds since the epoch. */
  readonly expiresAtMs: number
  /** Whether the signing key of the day was in the cache. */
  readonly isKeyCached: boolean
}

/** A connection was opened or closed. Node's default transport only: `fetch` does not show its connections. */
export interface PoolResized {
  readonly type: 'pool.resized'
  /** Identifies the client in this process. */
  readonly clientId: number
  /** Open connections of the client, busy or idle. */
  readonly connections: number
}

/**
 * How a checksum travels: in a header with an object, in a header with a part, in a trailer after a stream, or, for an object in
 * parts, with the creation and completion of its upload.
 */
export type IntegrityForm = 'header' | 'part' | 'trailer' | 'upload'

/**
 * The server has ignored or refused the checksum of an upload, which was verified in another way or not at all. Reported once per
 * client, form, algorithm and fallback.
 */
export interface IntegrityReduced {
  readonly type: 'integrity.reduced'
  /** Identifies the client in this process, as in `pool.resized`. */
  readonly clientId: number
  /** How the checksum was sent. */
  readonly form: IntegrityForm
  /** The checksum that the server did not confirm; `MD5` for an ETag that is no MD5. */
  readonly algorithm: ChecksumAlgorithm | 'MD5'
  /**
   * What guards the bytes instead: the MD5 in the ETag, Content-MD5, which the server compares without confirming it, the checks of
   * the parts alone, or nothing.
   */
  readonly fallback: 'etag' | 'content-md5' | 'parts' | 'none'
  /** Why: one sentence. */
  readonly reason: string
}

/** An event without its time, as the code that has the fact reports it. */
export type EventFact =
  | CallStarted
  | CallEnded
  | AttemptStarted
  | AttemptEnded
  | RequestDescribed
  | RequestSigned
  | RetryDecided
  | OutcomeResolved
  | ClockSkewed
  | RateLimited
  | BreakerChanged
  | CredentialsExpired
  | CredentialsRefreshed
  | CredentialsFailed
  | UrlPresigned
  | PoolResized
  | IntegrityReduced
  | TransferEvent

/**
 * One event of a client. The union is closed: `switch (event.type)` is exhaustive. A minor version may add a type, so a listener
 * ignores types that it does not handle.
 */
export type R2Event = EventFact & EventTime

/** The names of all events. */
export type R2EventType = R2Event['type']
