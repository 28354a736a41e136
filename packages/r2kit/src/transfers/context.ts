/** The state that all transfers of one client share: operations, clock, random numbers, memory budget, concurrency limit. */
import type { Clock } from '../base/clock.js'
import { ClientIntegrity } from '../client/client-integrity.js'
import { integrityDefault } from '../client/fields/guarded-body.js'
import { eventErrorOf } from '../observability/event-error.js'
import type { EventStream } from '../observability/index.js'
import { type RetryPolicy, retryPolicy } from '../resilience/index.js'
import { AdaptiveLimit } from './adaptive-limit.js'
import type { TransferSettings } from './handle/options.js'
import { MemoryBudget } from './memory-budget.js'
import type { MultipartOperations, ObjectOperations } from './operations.js'
import { type PartLimits, r2PartLimits } from './upload/part-plan.js'

/** What a client provides to its transfers. */
export interface TransferClient {
  readonly objects: ObjectOperations
  readonly multipart: MultipartOperations
  /** Origin of the requests; part of a journal's ID, so that two servers never share a journal. */
  readonly endpoint: string
  readonly clock: Clock
  /** Returns numbers from 0 to 1. */
  readonly random: () => number
  /** The client's own retry policy, for a server that the transfer has not reached yet. @defaultValue the default policy */
  readonly retry?: RetryPolicy | undefined
  /** The client's check of uploads, and its knowledge of the server. @defaultValue those of a new client */
  readonly integrity?: ClientIntegrity | undefined
  /** Aborts when the client is disposed: no further request is sent. @defaultValue never */
  readonly disposed?: AbortSignal | undefined
  /** Aborts when the requests in flight at that time have ended. @defaultValue never */
  readonly closed?: AbortSignal | undefined
  /** Reports to the client's listeners; undefined without listeners. */
  readonly events?: EventStream | undefined
}

/** Shared by all transfers of one client. */
export interface TransferContext extends TransferClient {
  readonly retry: RetryPolicy
  readonly integrity: ClientIntegrity
  /** Reserved before `limit`: see README.md in this folder for the order, and for why it cannot deadlock. */
  readonly budget: MemoryBudget
  /** Permits for concurrent requests. */
  readonly limit: AdaptiveLimit
  readonly noProgressTimeoutMs: number
  /** Reports a non-fatal problem. Never throws. */
  readonly warn: (message: string, error?: unknown) => void
  /** R2's limits; tests set smaller ones. */
  readonly partLimits: PartLimits
  /** For uploads that do not set these options themselves. */
  readonly uploadDefaults: Pick<TransferSettings, 'partSizeBytes' | 'thresholdBytes'>
}

const mebibyte = 1024 * 1024
/** Concurrent requests of a transfer before anything is known about the network (requirement 2.5). */
const initialConcurrencyDefault = 4

/** Makes the context of a client. */
export const createTransferContext = (client: TransferClient, settings: TransferSettings = {}): TransferContext => {
  const { memoryBudgetBytes = 128 * mebibyte, maxConcurrency = 32, noProgressTimeoutMs = 120_000 } = settings
  const { initialConcurrency = initialConcurrencyDefault, partSizeBytes, thresholdBytes } = settings
  const { objects, multipart, endpoint, clock, random, retry = retryPolicy({}, random), disposed, events } = client
  return {
    objects,
    multipart,
    endpoint,
    clock,
    random,
    retry,
    integrity: client.integrity ?? new ClientIntegrity(integrityDefault, '', events),
    disposed,
    events,
    budget: new MemoryBudget(memoryBudgetBytes),
    limit: new AdaptiveLimit({ initial: initialConcurrency, max: maxConcurrency, clock }),
    noProgressTimeoutMs,
    warn: (message, error) => {
      const problem = error === undefined ? undefined : eventErrorOf(error)
      events?.emit({ type: 'transfer.warned', message, error: problem })
      try {
        settings.onWarning?.(message, error)
      } catch {
        // Warnings are reported during clean-up. A callback that throws must not end it, nor hide the first error.
      }
    },
    partLimits: r2PartLimits,
    uploadDefaults: { partSizeBytes, thresholdBytes },
  }
}
