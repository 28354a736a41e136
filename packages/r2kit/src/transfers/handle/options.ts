/** Options of every transfer, and the settings that all transfers of a client share. */

import { type Timeouts, timeoutsField } from '../../client/timeouts.js'
import {
  abortSignal,
  callback,
  duration,
  type Fields,
  integer,
  number,
  partSizeBytesMax,
  type ValidationRules,
} from '../../validation/index.js'
import type { OnProgress } from './progress.js'

/** Options of every transfer. */
export interface TransferOptions {
  /**
   * Cancels the transfer, in every phase, and cleans up after it. The error is `Aborted`, with the signal's reason as its
   * cause. @defaultValue none
   */
  readonly signal?: AbortSignal | undefined
  /**
   * Time limit for the whole transfer in milliseconds, retries and pauses included. A transfer that takes longer fails with
   * `Timeout`; an upload that is unfinished then is aborted first, which may take seconds more. @defaultValue none
   */
  readonly timeoutMs?: number | undefined
  /**
   * Time limits of each request of the transfer; one that is left out is the client's. A request that exceeds its limit is sent
   * again, as long as the transfer makes progress. @defaultValue the client's `timeouts`
   */
  readonly timeouts?: Timeouts | undefined
  /**
   * Called with a snapshot of the progress: at most ten times a second while bytes flow, and for each finished part and each
   * change of state. An exception or a rejected promise fails the transfer, which then cleans up. @defaultValue none
   */
  readonly onProgress?: OnProgress | undefined
}

export const transferOptionFields: Fields<TransferOptions> = {
  signal: abortSignal,
  timeoutMs: duration,
  timeouts: timeoutsField,
  onProgress: callback<OnProgress>(),
}

/** Settings that all transfers of a client share. */
export interface TransferSettings {
  /** Most bytes that all transfers together hold in memory. @defaultValue 134_217_728 (128 MiB) */
  readonly memoryBudgetBytes?: number | undefined
  /** Most requests that all transfers together have in flight. The actual number adapts to the network. @defaultValue 32 */
  readonly maxConcurrency?: number | undefined
  /** Requests in flight before anything is known about the network; at most `maxConcurrency`. @defaultValue 4 */
  readonly initialConcurrency?: number | undefined
  /**
   * `partSizeBytes` of uploads that do not set it themselves, from 5 MiB. @defaultValue 10_485_760 (10 MiB) for a known length;
   * 16_777_216 (16 MiB) for an unknown one
   */
  readonly partSizeBytes?: number | undefined
  /** `thresholdBytes` of uploads that do not set it themselves. @defaultValue 104_857_600 (100 MiB) */
  readonly thresholdBytes?: number | undefined
  /**
   * Time in milliseconds after which a transfer without progress fails: an error that would be retried is thrown when nothing
   * has arrived for so long. Neither the number of attempts nor the time of a whole transfer is limited. @defaultValue 120_000
   */
  readonly noProgressTimeoutMs?: number | undefined
  /**
   * Called for non-fatal problems, such as an upload that could not be aborted. Exceptions in it are ignored.
   * @defaultValue none
   */
  readonly onWarning?: ((message: string, error?: unknown) => void) | undefined
}

export const transferSettingFields: Fields<TransferSettings> = {
  memoryBudgetBytes: number(1, Number.MAX_SAFE_INTEGER),
  maxConcurrency: integer(1),
  initialConcurrency: integer(1),
  partSizeBytes: integer(5 * 1024 * 1024, partSizeBytesMax),
  thresholdBytes: integer(1, partSizeBytesMax),
  noProgressTimeoutMs: duration,
  onWarning: callback(),
}

/** The two objects that a caller passes to a transfer. */
export interface TransferArguments<Input, Options> {
  readonly input: Input
  readonly options: Options
}

/** Checks the arguments of a transfer, of any type, before a source is read or a request is sent. */
export type ReadArguments<Input, Options> = (
  given: TransferArguments<Input, Options>,
  rules: ValidationRules,
) => TransferArguments<Input, Options>
