/**
 * Repeats one piece of a transfer (a part, a range) until it succeeds. The only owner of retries below it: each request is a
 * single attempt. Gives up for an error that is final, or on time without progress of the whole transfer; on a count only
 * while the server has never been reached.
 */
import { sleep } from '../base/clock.js'
import { abortError, type ErrorCode, isR2Error, type R2Error } from '../errors/index.js'
import { retryPolicy } from '../resilience/index.js'
import type { TransferContext } from './context.js'

/** What repeating needs of the transfers' context. */
export type RetryContext = Pick<TransferContext, 'clock' | 'random' | 'noProgressTimeoutMs' | 'retry'>

/** Errors of an overloaded server or network: the limit is cut. */
const congestion: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'SlowDown',
  'ServiceUnavailable',
  'ConnectionReset',
  'StreamInterrupted',
])

export const isCongestion = (error: unknown): boolean => isR2Error(error) && congestion.has(error.code)

/** When a transfer last made progress. One per transfer, shared by its parts. */
export class ProgressWatch {
  #lastMs: number
  /** The last wait that the server asked for since then. */
  #askedWaitMs = 0
  #isReached: boolean
  readonly #context: RetryContext

  /** @param isReached whether the transfer that this is a part of has reached the server already */
  constructor(context: RetryContext, isReached = false) {
    this.#context = context
    this.#isReached = isReached
    this.#lastMs = context.clock.monotonicMs()
  }

  /** Something was achieved that will not have to be done again (or a pause has ended). */
  mark(): void {
    this.#lastMs = this.#context.clock.monotonicMs()
    this.#askedWaitMs = 0
    this.#isReached = true
  }

  /** A connection was made once, whatever became of it. */
  reached(): void {
    this.#isReached = true
  }

  get isReached(): boolean {
    return this.#isReached
  }

  /**
   * The server has asked for this wait, which does not count as time without progress. Only the last one is left out: a
   * server that asks for one after the other must not keep a transfer from ever ending.
   */
  waits(delayMs: number): void {
    this.#askedWaitMs = delayMs
  }

  /** Whether nothing was achieved for too long, counted from `sinceMs` at the earliest. */
  isOver(sinceMs: number): boolean {
    const idleMs = this.#context.clock.monotonicMs() - Math.max(this.#lastMs, sinceMs) - this.#askedWaitMs
    return idleMs >= this.#context.noProgressTimeoutMs
  }
}

export interface RetryPartOptions {
  readonly watch: ProgressWatch
  readonly signal: AbortSignal
  /** Errors that are final here although they are retryable in general. */
  readonly isFinal?: (error: unknown) => boolean
}

/** Corrupted bytes may be the network's fault twice; the third time it is the source or a proxy. */
const mismatchesAllowed = 3

/** The server was not reached: its host does not resolve, or refuses connections. */
export const isUnreached = (error: R2Error): boolean => error.code === 'ConnectionFailed'

/**
 * Runs `work` until it succeeds.
 *
 * @param work receives the number of the attempt, from 1
 * @throws the error of the last attempt; `Aborted` when the signal ends it
 */
export const retryPart = async <T>(
  context: RetryContext,
  { watch, signal, isFinal }: RetryPartOptions,
  work: (attempt: number) => Promise<T>,
): Promise<T> => {
  const { clock, random } = context
  const patient = retryPolicy({ maxAttempts: Number.POSITIVE_INFINITY, jitter: 'full' }, random)
  let firstFailureMs: number | undefined
  let mismatches = 0
  for (let attempt = 1; ; attempt++) {
    if (signal.aborted) throw abortError(signal)
    try {
      return await work(attempt)
    } catch (error) {
      if (signal.aborted || !isR2Error(error) || isFinal?.(error) === true) throw error
      if (error.code === 'IntegrityMismatch' && ++mismatches === mismatchesAllowed) throw error
      firstFailureMs ??= clock.monotonicMs()
      if (!isUnreached(error)) watch.reached()
      // A connection that breaks is given its time; a server that never was there is given what any call gives it.
      const policy = watch.isReached ? patient : context.retry
      const delayMs = policy.delayAfter(error, Math.min(attempt, 30))
      if (delayMs === undefined || watch.isOver(firstFailureMs)) throw error
      if (error.retryAfterMs !== undefined) watch.waits(delayMs)
      await sleep(clock, delayMs, signal).catch(() => {
        throw abortError(signal)
      })
    }
  }
}
