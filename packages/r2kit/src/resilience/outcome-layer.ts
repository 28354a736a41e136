import { isR2Error } from '../errors/calls.js'
import type { InternalAttemptLayer } from '../pipeline/index.js'

/**
 * Keeps a write that must not be stored twice from conflicting with itself: its first attempt may have been stored although no
 * clear response came, and a blind second attempt would be refused. The retry layer above sends again whatever is still
 * retryable after the call's own resolution (`client/unknown-outcome.ts`).
 */
export const outcomeLayer: InternalAttemptLayer = (next) => (attempt) => {
  const { resolveOutcome, signal, events, number } = attempt
  if (resolveOutcome === undefined) return next(attempt)
  return next(attempt).catch((error: unknown) => {
    if (!isR2Error(error) || signal?.aborted === true) throw error
    return resolveOutcome(error).then((response) => {
      events?.outcomeResolved(number, error)
      return response
    })
  })
}
