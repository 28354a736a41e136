import type { Clock } from '../base/clock.js'
import { startDeadline } from './layers/deadline-layer.js'
import type { CallOptions } from './operation.js'

/** Runs several calls of operations as one call of the user's: together they have `timeoutMs`. */
export const withSharedDeadline = async <Options extends CallOptions, T>(
  clock: Clock,
  { timeoutMs, ...options }: Options,
  work: (options: Omit<Options, 'timeoutMs'>) => Promise<T>,
): Promise<T> => {
  if (timeoutMs === undefined) return work(options)
  const deadline = startDeadline(clock, timeoutMs, options.signal)
  return work({ ...options, signal: deadline.signal }).finally(() => deadline.end())
}
