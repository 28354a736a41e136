import { sleep } from '../base/clock.js'
import { abortError, type ErrorCode, isR2Error, R2Error, withContext } from '../errors/index.js'
import type { Call, Layer } from '../pipeline/index.js'
import type { RetryPolicy } from './retry-policy.js'

/** The server may have acted although no response came. */
const ambiguous: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'Timeout',
  'ConnectionReset',
  'StreamInterrupted',
  'InvalidResponse',
  'IntegrityMismatch',
])

/**
 * Sends again what the error says is worth sending again. Knows nothing of status codes: `client/classify` has already
 * decided, because that is where the protocol is understood.
 *
 * @param disposed aborts when the client is disposed: a wait between attempts would keep the process alive after that
 */
export const retryLayer =
  (policy: RetryPolicy, disposed?: AbortSignal): Layer =>
  (next) =>
  async (call) => {
    for (;;) {
      try {
        return await next(call)
      } catch (error) {
        if (!isR2Error(error)) throw error
        const delayMs = mayRepeat(call, error) ? policy.delayAfter(error, call.attempt, call.maxAttempts) : undefined
        if (delayMs === undefined || call.clock.monotonicMs() + delayMs >= call.deadlineMs) {
          throw withContext(error, { attempts: call.attempt })
        }
        await sleep(call.clock, delayMs, call.signal, disposed).catch(() => {
          throw withContext(disposed?.aborted ? closed(error) : abortError(call.signal), { attempts: call.attempt })
        })
        call.attempt++
      }
    }
  }

const closed = (cause: R2Error): R2Error =>
  new R2Error('ClientClosed', 'the client was disposed before the next attempt', { cause })

const mayRepeat = (call: Call, error: R2Error): boolean => {
  const { body } = call.request
  if (body.kind === 'stream' && !body.canOpen()) return false
  if (call.repeatable || !ambiguous.has(error.code)) return true
  // A resolved outcome may be sent again. Wrong bytes may not: they are stored now, and the condition is spent.
  return call.resolveOutcome !== undefined && error.code !== 'IntegrityMismatch'
}
