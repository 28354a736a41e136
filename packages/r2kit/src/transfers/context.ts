/** What all transfers of one client share: its operations, clock and random numbers, one memory budget, one limit. */
import type { Clock } from '../base/clock.js'
import type { Multipart } from '../client/multipart/multipart-api.js'
import type { Objects } from '../client/objects/objects-api.js'
import { callerResolvesOutcome, type EngineCallOptions } from '../client/operation.js'
import { type RetryPolicy, retryPolicy } from '../resilience/index.js'
import { AdaptiveLimit } from './adaptive-limit.js'
import type { TransferSettings } from './handle/options.js'
import { MemoryBudget } from './memory-budget.js'
import { type PartLimits, r2PartLimits } from './upload/part-plan.js'

/** The operations that transfers are made of, as an interface, so that tests may stand in for the server. */
export type ObjectOperations = Pick<Objects, keyof Objects>
export type MultipartOperations = Pick<Multipart, keyof Multipart>

export interface TransferContext {
  readonly objects: ObjectOperations
  readonly multipart: MultipartOperations
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  /** First bytes of the budget, then a permit: a holder of a permit waits for no bytes, so the two cannot deadlock. */
  readonly budget: MemoryBudget
  readonly limit: AdaptiveLimit
  readonly noProgressTimeoutMs: number
  /** The client's own policy: what a server that was never reached is given. */
  readonly retry: RetryPolicy
  readonly warn: (message: string, error?: unknown) => void
  /** Features that the server refused; learned once, by the first transfer that meets the refusal. */
  readonly learned: { refusesFullObjectChecksum: boolean }
  /** R2's, unless a test says otherwise. */
  readonly partLimits: PartLimits
  /** Where requests go; part of a journal's id. */
  readonly endpoint: string
}

/** What a client gives its transfers. */
export interface TransferClient {
  readonly objects: ObjectOperations
  readonly multipart: MultipartOperations
  readonly clock: Clock
  readonly random: () => number
  readonly endpoint: string
  /** @defaultValue that of requirement 3.1 */
  readonly retry?: RetryPolicy | undefined
}

/** Options of a request that the engine repeats, and whose outcome it resolves, itself. */
export const singleAttempt = (signal: AbortSignal): EngineCallOptions => ({
  signal,
  maxAttempts: 1,
  [callerResolvesOutcome]: true,
})

const mebibyte = 1024 * 1024
/** Requirement 2.5. */
const initialConcurrency = 4

export const createTransferContext = (client: TransferClient, settings: TransferSettings = {}): TransferContext => {
  const { memoryBudgetBytes = 128 * mebibyte, maxConcurrency = 32, noProgressTimeoutMs = 120_000 } = settings
  const { objects, multipart, clock, random, endpoint, retry = retryPolicy({}, random) } = client
  return {
    retry,
    objects,
    multipart,
    clock,
    random,
    endpoint,
    budget: new MemoryBudget(memoryBudgetBytes),
    limit: new AdaptiveLimit({ initial: initialConcurrency, max: maxConcurrency, clock }),
    noProgressTimeoutMs,
    warn: (message, error) => {
      try {
        settings.onWarning?.(message, error)
      } catch {
        // A warning comes during a clean-up, which a listener that throws must not stop, nor hide its cause.
      }
    },
    partLimits: r2PartLimits,
    learned: { refusesFullObjectChecksum: false },
  }
}
