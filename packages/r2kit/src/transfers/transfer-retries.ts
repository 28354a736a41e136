/**
 * Retries of one piece of a transfer (a part, a range, a request about an upload). They are the only retries below the engine:
 * each request is a single attempt. A piece is given up for a final error, or when the whole transfer has made no progress for
 * too long. A count limits attempts only while the server has never been reached.
 */
import type { Clock } from '../base/clock.js'
import { abortError, type ErrorCode, isR2Error, type R2Error, withVerdict } from '../errors/index.js'
import { eventErrorOf } from '../observability/event-error.js'
import type { EventStream } from '../observability/index.js'
import { type RetryPolicy, retryPolicy, waitToRetry } from '../resilience/index.js'

/** The part of the transfers' context that retries need. */
export interface RetryContext {
  readonly clock: Clock
  readonly random: () => number
  readonly noProgressTimeoutMs: number
  readonly retry: RetryPolicy
  /** Aborts when the client is disposed. */
  readonly disposed?: AbortSignal | undefined
  readonly events?: EventStream | undefined
}

/** The transfer that a piece belongs to. */
export interface RetryScope {
  readonly context: RetryContext
  readonly control: { readonly signal: AbortSignal }
  readonly watch: ProgressWatch
  /** Joins the reports of the transfer; undefined without listeners. */
  readonly transferId?: number | undefined
}

/** Errors of an overloaded server or network; they lower the concurrency limit. */
const congestion: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'SlowDown',
  'ServiceUnavailable',
  'ConnectionReset',
  'StreamInterrupted',
])

export const isCongestion = (error: unknown): boolean => isR2Error(error) && congestion.has(error.code)

/** Whether the server was not reached: its host name does not resolve, it refuses connections, or its circuit is open. */
export const isUnreached = ({ code }: R2Error): boolean => code === 'ConnectionFailed' || code === 'CircuitOpen'

/** Records when a transfer last made progress. Its parts share one. */
export class ProgressWatch {
  readonly #context: Pick<RetryContext, 'clock' | 'noProgressTimeoutMs'>
  #lastMs: number
  /** The last delay that the server asked for since then. */
  #serverDelayMs = 0
  #isReached: boolean

  /** @param isReached whether the transfer that this one belongs to has reached the server already */
  constructor(context: Pick<RetryContext, 'clock' | 'noProgressTimeoutMs'>, isReached = false) {
    this.#context = context
    this.#isReached = isReached
    this.#lastMs = context.clock.monotonicMs()
  }

  /** Records progress: work that will not have to be repeated, or the end of a pause. */
  mark(): void {
    this.#lastMs = this.#context.clock.monotonicMs()
    this.#serverDelayMs = 0
    this.#isReached = true
  }

  /** Records that the server was reached, whatever its response. */
  markReached(): void {
    this.#isReached = true
  }

  get isReached(): boolean {
    return this.#isReached
  }

  /**
   * Excludes a delay that the server asked for from the time without progress. Only the last one is excluded: a server that
   * asks for one after another must not keep a transfer from ending.
   */
  excludeDelay(delayMs: number): void {
    this.#serverDelayMs = delayMs
  }

  /** Whether there was no progress for `noProgressTimeoutMs`, counted from `sinceMs` at the earliest. */
  isExpired(sinceMs: number): boolean {
    const idleMs = this.#context.clock.monotonicMs() - Math.max(this.#lastMs, sinceMs) - this.#serverDelayMs
    return idleMs >= this.#context.noProgressTimeoutMs
  }
}

/** Corrupted bytes can be the network's fault twice. The third time the cause is the source or a proxy. */
const mismatchesAllowed = 3

/** Beyond this attempt the delay no longer grows. */
const longestBackoffAttempt = 30

/**
 * Runs `work` until it succeeds.
 *
 * @param work receives the number of the attempt, from 1
 * @param isFinal whether an error that is retryable in general is final for this piece
 * @param doneBytes how much of the piece need not be repeated; an attempt that has added to it restarts the backoff
 * @throws the error of the last attempt; `Aborted` when the signal ends the transfer; `ClientClosed`
 */
export const withTransferRetries = async <T>(
  { context, control: { signal }, watch, transferId }: RetryScope,
  work: (attempt: number) => Promise<T>,
  isFinal: (error: unknown) => boolean = () => false,
  doneBytes: () => number = () => 0,
): Promise<T> => {
  const { clock, random, events } = context
  // Made by the first failure: with many small files, most work succeeds the first time.
  let unlimited: RetryPolicy | undefined
  let firstFailureMs: number | undefined
  let mismatches = 0
  let failuresInARow = 0
  let hasNoConnection = false
  let doneBefore = 0
  for (let attempt = 1; ; attempt++) {
    if (signal.aborted) throw abortError(signal)
    try {
      return await work(attempt)
    } catch (error) {
      if (signal.aborted || !isR2Error(error) || isFinal(error)) throw error
      if (error.code === 'IntegrityMismatch' && ++mismatches === mismatchesAllowed) throw error
      firstFailureMs ??= clock.monotonicMs()
      if (!isUnreached(error)) watch.markReached()
      hasNoConnection ||= error.code === 'ConnectionFailed'
      // A server that was never reached gets the attempts of an ordinary call: its address may be wrong.
      unlimited ??= retryPolicy(
        { ...context.retry.options, maxAttempts: Number.POSITIVE_INFINITY, jitter: 'full' },
        random,
        true,
      )
      const policy = watch.isReached || !hasNoConnection ? unlimited : context.retry
      failuresInARow = doneBytes() > doneBefore ? 1 : failuresInARow + 1
      doneBefore = doneBytes()
      const decision = policy.decide(error, Math.min(failuresInARow, longestBackoffAttempt))
      if (decision.verdict !== 'retry-after') throw withVerdict(error, decision.verdict)
      if (watch.isExpired(firstFailureMs)) throw withVerdict(error, 'no-more-retries')
      const { delayMs } = decision
      if (error.retryAfterMs !== undefined) watch.excludeDelay(delayMs)
      const { operation, bucket, key } = error
      events?.emit({
        type: 'transfer.retried',
        transferId,
        operation,
        bucket,
        key,
        attempt,
        delayMs,
        error: eventErrorOf(error),
      })
      await waitToRetry(clock, delayMs, { signal, disposed: context.disposed }, error)
    }
  }
}
