import type { ErrorCode, R2Error, RetryVerdict } from '../errors/calls.js'
import { backoffMs } from './backoff.js'

/** Number of attempts of a call, and the delays between them. */
export interface RetryOptions {
  /** How often a request is sent at most, the first time included. @defaultValue 3 */
  readonly maxAttempts?: number | undefined
  /** Delay before the second attempt, in milliseconds. It doubles with each further attempt. @defaultValue 100 */
  readonly baseDelayMs?: number | undefined
  /** Longest delay, in milliseconds, before jitter. `Retry-After` is limited by `maxRetryAfterMs` instead. @defaultValue 30_000 */
  readonly maxDelayMs?: number | undefined
  /**
   * Longest `Retry-After` that the client waits for, in milliseconds. Where the server asks for more, the call fails immediately,
   * and the error has the delay as `retryAfterMs`. @defaultValue 60_000
   */
  readonly maxRetryAfterMs?: number | undefined
  /**
   * Random variation of delays: a share that is added to each delay, or `full` for a random part of the delay, which spreads the
   * retries of many clients that fail together. @defaultValue 0.1
   */
  readonly jitter?: number | 'full' | undefined
  /**
   * Retries of the whole client that are available at the start; each one spent must be earned again by a request that succeeds or fails finally.
   * Requests in flight count as successes until they fail.
   * In an outage, the load on the server is then one request per call, not `maxAttempts`. `Infinity` switches the budget off.
   * @defaultValue 500
   */
  readonly budget?: number | undefined
}

/** What follows a failed attempt: another one after a delay in milliseconds, or the end of the call. */
export type RetryDecision =
  | { readonly verdict: 'retry-after'; readonly delayMs: number }
  | { readonly verdict: RetryVerdict }

/** Decides whether and when to send a request again. */
export interface RetryPolicy {
  /** The options that the policy was made of. */
  readonly options: RetryOptions
  /** How often a request is sent at most. */
  readonly maxAttempts: number
  /**
   * Decides what follows a failed attempt.
   *
   * @param attempt the number of the attempt that failed, from 1
   * @param maxAttempts overrides that of the policy
   */
  decide(error: R2Error, attempt: number, maxAttempts?: number): RetryDecision
}

/** The connection failed, not the server: another connection may work immediately. */
const connectionFailures: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'Timeout',
  'ConnectionFailed',
  'ConnectionReset',
  'StreamInterrupted',
])

/** R2 takes one write per second and key; an earlier attempt on that key meets the same limit. */
const slowDownDelayMs = 1000

const final: RetryDecision = { verdict: 'do-not-retry' }
const exhausted: RetryDecision = { verdict: 'no-more-retries' }
const after = (delayMs: number): RetryDecision => ({ verdict: 'retry-after', delayMs })

/**
 * Requirement 3.1 as a function of error and attempt, without timers or protocol.
 *
 * @param waitsForCircuit whether an open circuit is a delay, as for transfers, and not the end of the call
 */
export const retryPolicy = (
  options: RetryOptions = {},
  random: () => number = Math.random,
  waitsForCircuit = false,
): RetryPolicy => {
  const { maxAttempts = 3, baseDelayMs = 100, maxDelayMs = 30_000, maxRetryAfterMs = 60_000, jitter = 0.1 } = options
  const backoff = { baseDelayMs, maxDelayMs, jitter }
  return {
    options,
    maxAttempts,
    decide({ retryable, retryAfterMs, status, s3Code, code }, attempt, attemptsAllowed = maxAttempts) {
      // An open circuit rejects calls immediately: waiting for its next trial is the caller's decision.
      if (!retryable || (code === 'CircuitOpen' && !waitsForCircuit)) return final
      if (attempt >= attemptsAllowed) return exhausted
      const isLimited = status === 429 || s3Code === 'TooManyRequests'
      const delayMs = backoffMs(backoff, attempt, random, isLimited ? slowDownDelayMs : 0)
      // Without a delay, many transfers would ask the breaker in a loop for one of its trials.
      if (code === 'CircuitOpen') return after(Math.max(retryAfterMs ?? 0, delayMs))
      if (retryAfterMs !== undefined) return retryAfterMs <= maxRetryAfterMs ? after(retryAfterMs) : exhausted
      return after(connectionFailures.has(code) ? delayMs / 2 : delayMs)
    },
  }
}
