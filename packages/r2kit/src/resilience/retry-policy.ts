import type { ErrorCode, R2Error } from '../errors/index.js'

/** When to try again, and how long to wait before. */
export interface RetryOptions {
  /** How often a request is sent at most, the first time included. @defaultValue 3 */
  readonly maxAttempts?: number
  /** Delay before the second attempt; it doubles with each further one. @defaultValue 100 */
  readonly baseDelayMs?: number
  /** Longest delay of this policy's own; what the server asks for is bounded by `maxRetryAfterMs`. @defaultValue 30_000 */
  readonly maxDelayMs?: number
  /**
   * Longest `Retry-After` that is waited for. A server that asks for more is not retried: the error is reported immediately,
   * with the delay as its `retryAfterMs`. @defaultValue 60_000
   */
  readonly maxRetryAfterMs?: number
  /**
   * How delays are spread: a share of the delay that is added at random, or `full` for anything between nothing and the
   * delay, which suits many clients that fail together. @defaultValue 0.1
   */
  readonly jitter?: number | 'full'
}

export interface RetryPolicy {
  /** How often a request is sent at most. */
  readonly maxAttempts: number
  /** Milliseconds to wait before the next attempt, or undefined to give up. `attempt` is the one that failed, from 1. `maxAttempts` overrides the policy's. */
  delayAfter(error: R2Error, attempt: number, maxAttempts?: number): number | undefined
}

/** The way broke, not the server: it may well work at once on another connection. */
const connectionTrouble: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'Timeout',
  'ConnectionFailed',
  'ConnectionReset',
  'StreamInterrupted',
])

/** R2 takes one write per second and key; an earlier attempt on that key meets the same limit. */
const slowDownDelayMs = 1000

/** Requirement 3.1 as a function of error and attempt: no timers, no protocol. */
export const retryPolicy = (options: RetryOptions = {}, random: () => number = Math.random): RetryPolicy => {
  const { maxAttempts = 3, baseDelayMs = 100, maxDelayMs = 30_000, maxRetryAfterMs = 60_000, jitter = 0.1 } = options
  const jittered = (delayMs: number): number =>
    jitter === 'full' ? delayMs * random() : delayMs * (1 + jitter * random())
  return {
    maxAttempts,
    delayAfter(error, attempt, attemptsAllowed = maxAttempts) {
      if (!error.retryable || attempt >= attemptsAllowed) return undefined
      if (error.retryAfterMs !== undefined)
        return error.retryAfterMs <= maxRetryAfterMs ? error.retryAfterMs : undefined
      const growth = 2 ** (attempt - 1)
      const delayMs = Math.min(maxDelayMs, baseDelayMs * growth)
      // Full jitter would let the next attempt come within the same second.
      if (error.status === 429) return slowDownDelayMs + jittered(Math.max(0, delayMs - slowDownDelayMs))
      return jittered(connectionTrouble.has(error.code) ? delayMs / 2 : delayMs)
    },
  }
}
