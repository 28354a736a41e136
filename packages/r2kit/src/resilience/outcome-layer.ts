import { isR2Error } from '../errors/index.js'
import type { Layer } from '../pipeline/index.js'

/**
 * Keeps a conditional write from conflicting with itself: its first attempt may have been stored although no clear response
 * came, and a blind second attempt would be refused. Stands under the retries, which send again whatever is still retryable
 * after the call's own resolution (`client/unknown-outcome`).
 */
export const outcomeLayer = (): Layer => (next) => (call) => {
  const { resolveOutcome, signal } = call
  if (resolveOutcome === undefined) return next(call)
  return next(call).catch((error: unknown) => {
    if (!isR2Error(error) || signal?.aborted === true) throw error
    return resolveOutcome(error)
  })
}
