/**
 * Repeats one piece of a transfer (a part, a range) until it succeeds. The only owner of retries below it: the client is
 * told to try once. It gives up for an error that is final, or on time without progress of the whole transfer; never on a count.
 */
import { sleep } from '../base/clock.js'
import { abortError, type ErrorCode, isR2Error } from '../errors/index.js'
import { retryPolicy } from '../resilience/index.js'
import type { TransferContext } from './context.js'

/** What repeating needs of the transfers' context. */
export type RetryContext = Pick<TransferContext, 'clock' | 'random' | 'noProgressTimeoutMs'>

/** What says that the server, or the way to it, is overloaded: the limit is cut. */
const congestion: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'SlowDown',
  'ServiceUnavailable',
  'ConnectionReset',
  'StreamInterrupted',
])

export const isCongestion = (error: unknown): boolean => isR2Error(error) && congestion.has(error.code)

/** When a transfer last got on. One per transfer, shared by its parts. */
export class ProgressWatch {
  #lastMs: number
  readonly #context: RetryContext

  constructor(context: RetryContext) {
    this.#context = context
    this.#lastMs = context.clock.monotonicMs()
  }

  /** Something was achieved that will not have to be done again (or a pause has ended). */
  mark(): void {
    this.#lastMs = this.#context.clock.monotonicMs()
  }

  /** Whether nothing was achieved for too long, counted from `sinceMs` at the earliest. */
  isOver(sinceMs: number): boolean {
    const idleMs = this.#context.clock.monotonicMs() - Math.max(this.#lastMs, sinceMs)
    return idleMs >= this.#context.noProgressTimeoutMs
  }
}

export interface RetryPartOptions {
  readonly watch: ProgressWatch
  readonly signal: AbortSignal
  /** Errors that no repetition heals although their table says otherwise. */
  readonly isFinal?: (error: unknown) => boolean
}

/** Wrong bytes may be the line's fault twice; the third time it is the source or a proxy. */
const mismatchesAllowed = 3

/**
 * Runs `work` until it succeeds.
 *
 * @param work gets the number of the attempt, from 1
 * @throws the error of the last attempt; `Aborted` when the signal ends it
 */
export const retryPart = async <T>(
  context: RetryContext,
  { watch, signal, isFinal }: RetryPartOptions,
  work: (attempt: number) => Promise<T>,
): Promise<T> => {
  const { clock, random } = context
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
      const policy = retryPolicy({ maxAttempts: Number.POSITIVE_INFINITY, jitter: 'full' }, random)
      const delayMs = policy.delayAfter(error, Math.min(attempt, 30))
      if (delayMs === undefined || watch.isOver(firstFailureMs)) throw error
      await sleep(clock, delayMs, signal).catch(() => {
        throw abortError(signal)
      })
    }
  }
}
