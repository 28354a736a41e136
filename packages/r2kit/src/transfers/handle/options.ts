import { callback, duration, type Fields, integer, number } from '../../validation/index.js'

/** What all transfers of a client are told. */
export interface TransferSettings {
  /** Most bytes that all transfers together hold in memory. @defaultValue 128 MiB */
  readonly memoryBudgetBytes?: number
  /** Most requests that all transfers together have under way; the number adapts below it. @defaultValue 32 */
  readonly maxConcurrency?: number
  /**
   * A transfer fails when something of it fails again after so long without progress, in milliseconds. There is no limit on
   * how often a part is tried, and none on how long a transfer may take. @defaultValue 120_000
   */
  readonly noProgressTimeoutMs?: number
  /** Told of what does not fail a transfer but should be known: an upload that could not be aborted. @defaultValue nothing */
  readonly onWarning?: (message: string, error?: unknown) => void
}

export const transferSettingFields: Fields<TransferSettings> = {
  memoryBudgetBytes: number(1, Number.MAX_SAFE_INTEGER),
  maxConcurrency: integer(1),
  noProgressTimeoutMs: duration,
  onWarning: callback(),
}
