/** What all transfers of one client share: its operations, clock and random numbers, one memory budget, one limit. */
import type { Clock } from '../base/clock.js'
import type { Multipart, Objects, TransferSettings } from '../client/index.js'
import { R2Error } from '../errors/index.js'
import { AdaptiveLimit } from './adaptive-limit.js'
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
  /** First bytes of the budget, then a permit: whoever holds a permit waits for no bytes, so the two cannot wait for each other. */
  readonly budget: MemoryBudget
  readonly limit: AdaptiveLimit
  readonly noProgressTimeoutMs: number
  readonly warn: (message: string, error?: unknown) => void
  /** What the server turned out to refuse; learned once, by the first transfer that meets it. */
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
}

const mebibyte = 1024 * 1024
/** Requirement 2.5. */
const initialConcurrency = 4

export const createTransferContext = (client: TransferClient, settings: TransferSettings = {}): TransferContext => {
  const { memoryBudgetBytes = 128 * mebibyte, maxConcurrency = 32, noProgressTimeoutMs = 120_000 } = settings
  if (!Number.isInteger(maxConcurrency) || maxConcurrency < 1) {
    throw new R2Error('InvalidConfig', `maxConcurrency is ${maxConcurrency}; it must be a whole number from 1`, {
      field: 'transfers.maxConcurrency',
    })
  }
  const { objects, multipart, clock, random, endpoint } = client
  return {
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
        // A warning comes while something is being cleaned up: who fails to take it must not stop that, nor hide its cause.
      }
    },
    partLimits: r2PartLimits,
    learned: { refusesFullObjectChecksum: false },
  }
}
