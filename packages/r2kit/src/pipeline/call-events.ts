import type { R2Error } from '../errors/index.js'
import type { HeaderFields, HttpRequest, HttpResponse } from '../http/index.js'
import type { Handler } from './compose.js'

/**
 * Reports what happens to one call to the listeners of its client. Each method is called by the code that has the fact. Layers
 * call them as `attempt.events?.…`, which allocates and does nothing for a client without listeners.
 */
export interface CallEvents {
  /** Sends an attempt, and reports its start and its end. */
  attempt<Sent extends ReportedAttempt>(attempt: Sent, next: Handler<Sent, HttpResponse>): Promise<HttpResponse>
  /** Reports whether a failed attempt is followed by another. @param delayMs undefined where the call fails */
  retryDecided(attempt: number, error: R2Error, delayMs: number | undefined): void
  /** Reports a signature. @param headers of the signed request */
  signed(attempt: number, headers: HeaderFields, isKeyCached: boolean): void
  /** Reports that a signature was refused for its date. @param skewMs milliseconds that this machine's clock is ahead */
  clockSkewed(attempt: number, skewMs: number): void
  /** Reports that R2 refused a session token as expired, and that the provider is called for another. */
  tokenExpired(attempt: number): void
  /** Reports that a layer delays the request. @param delayMs undefined where the layer cannot predict it */
  delayed(attempt: number, reason: DelayReason, delayMs: number | undefined): void
  /** Reports a new state of a circuit breaker. @param ofBucket undefined for the breaker of the whole endpoint */
  breakerChanged(state: BreakerState, ofBucket: string | undefined): void
  /** Reports that the lost response of a write was resolved by looking: the write was stored. */
  outcomeResolved(attempt: number, error: R2Error): void
}

/** The fields of an attempt that are reported. */
export interface ReportedAttempt {
  readonly number: number
  readonly request: HttpRequest
  readonly bucket: string | undefined
  readonly key: string | undefined
}

/** The layer of `r2kit/resilience` that delays a request. */
export type DelayReason = 'rate-limit' | 'key-pacing' | 'concurrency'

/** The state of a circuit breaker. */
export type BreakerState = 'closed' | 'open' | 'half-open'
