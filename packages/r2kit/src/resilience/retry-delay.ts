import { type Clock, sleep } from '../base/clock.js'
import { abortError, clientError } from '../errors/calls.js'

/** What ends a wait early. */
export interface WaitSignals {
  /** The caller's, or that of a deadline. */
  readonly signal: AbortSignal | undefined
  /** Aborts when the client is disposed: a wait would keep the process alive after that. */
  readonly disposed: AbortSignal | undefined
}

/**
 * Waits between two attempts. Every loop that sends a request again waits here.
 *
 * @param failure the error of the attempt before
 * @throws R2Error `Aborted` or `Timeout` when the signal aborts; `ClientClosed` when the client is disposed
 */
export const waitToRetry = (
  clock: Clock,
  delayMs: number,
  { signal, disposed }: WaitSignals,
  failure: unknown,
): Promise<void> =>
  sleep(clock, delayMs, signal, disposed).catch(() => {
    if (disposed?.aborted !== true) throw abortError(signal)
    throw clientError('ClientClosed', 'the client was disposed before the next attempt', { cause: failure })
  })
