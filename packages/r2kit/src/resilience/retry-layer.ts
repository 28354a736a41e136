import { isR2Error, mayHaveActed, type R2Error, storedOtherBytes, withContext, withVerdict } from '../errors/calls.js'
import type { InternalAttempt, InternalAttemptLayer } from '../pipeline/index.js'
import type { RetryBudget } from './retry-budget.js'
import { waitToRetry } from './retry-delay.js'
import type { RetryDecision, RetryPolicy } from './retry-policy.js'

/**
 * Sends again what the error says is worth sending again. It depends on codes and verdicts only, never on a status: the
 * layer that classifies responses has decided already, where the protocol is understood.
 *
 * @param budget bounds the retries of all calls together
 * @param disposed aborts when the client is disposed: a wait between attempts would keep the process alive after that
 */
export const retryLayer =
  (policy: RetryPolicy, disposed: AbortSignal, budget: RetryBudget): InternalAttemptLayer =>
  (next) =>
  async (first) => {
    const { clock, signal, events } = first
    for (let attempt = first; ; attempt = { ...attempt, number: attempt.number + 1 }) {
      budget.start()
      try {
        const response = await next(attempt)
        budget.end(true)
        return response
      } catch (error) {
        const isFinal = isR2Error(error) && !error.retryable && error.status !== undefined
        budget.end(isFinal)
        if (!isR2Error(error)) throw error
        const attempts = attempt.number
        const decision = decide(policy, budget, attempt, error)
        const delayMs = decision.verdict === 'retry-after' ? decision.delayMs : undefined
        events?.retryDecided(attempts, error, delayMs)
        if (decision.verdict !== 'retry-after') throw withVerdict(withContext(error, { attempts }), decision.verdict)
        await waitToRetry(clock, decision.delayMs, { signal, disposed }, error).catch((ended: R2Error) => {
          throw withContext(ended, { attempts })
        })
      }
    }
  }

/** The policy's decision, within the deadline of the call and the budget of the client. */
const decide = (policy: RetryPolicy, budget: RetryBudget, attempt: InternalAttempt, error: R2Error): RetryDecision => {
  const { clock, deadlineMs, number, maxAttempts } = attempt
  if (!mayRepeat(attempt, error)) return { verdict: 'do-not-retry' }
  const decision = policy.decide(error, number, maxAttempts)
  if (decision.verdict !== 'retry-after') return decision
  const isInTime = clock.monotonicMs() + decision.delayMs < deadlineMs
  return isInTime && budget.spend() ? decision : { verdict: 'no-more-retries' }
}

const mayRepeat = ({ request: { body }, repeatable, resolveOutcome }: InternalAttempt, error: R2Error): boolean => {
  if (body.kind === 'stream' && !body.canOpen()) return false
  if (repeatable) return true
  // A resolved outcome may be sent again. Wrong bytes may not: they are stored now, and the condition is spent.
  if (resolveOutcome !== undefined) return !storedOtherBytes(error)
  // Creations and deletions that no condition guards. After a 5xx of the server's own they are sent again although it may have
  // acted: at worst an unfinished upload remains, which R2 deletes after seven days.
  return !mayHaveActed(error) || (error.status ?? 0) >= 500
}
