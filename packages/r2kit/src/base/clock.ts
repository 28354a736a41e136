/**
 * Time as a parameter: everything that reads the time, waits or sets a timer does it through a `Clock`,
 * so that tests run on virtual time and a skewed server clock can be corrected in one place.
 */

import { onAbort } from './abort.js'

/** A timer that has been set and can be taken back. */
export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Milliseconds since the epoch, as `Date.now()`. */
  now(): number
  /** Milliseconds that never run backwards, for measuring durations. */
  monotonicMs(): number
  /**
   * Calls `action` once, after `delayMs`. The timer does not keep a process alive: what it watches does. A wait, during which
   * there is nothing else, says `keepsAlive`, lest the process end in the middle of it.
   */
  after(delayMs: number, action: () => void, keepsAlive?: boolean): Timer
}

/** What a platform's timer can wait; a longer one would fire at once. 24.8 days are for ever to a request. */
const longestTimerMs = 2 ** 31 - 1

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, action, keepsAlive = false) => {
    const timer = setTimeout(action, Math.min(delayMs, longestTimerMs))
    // Browsers have no `unref`.
    if (!keepsAlive && typeof timer === 'object') (timer as { unref?: () => void }).unref?.()
    return { cancel: () => clearTimeout(timer) }
  },
}

/**
 * Waits `delayMs` on the given clock; an abort of any of the signals ends the wait immediately and rejects with its reason.
 */
export const sleep = (clock: Clock, delayMs: number, ...signals: (AbortSignal | undefined)[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const aborted = signals.find((signal) => signal?.aborted)
    if (aborted !== undefined) return reject(aborted.reason)
    const stops: (() => void)[] = []
    const end = () => {
      timer.cancel()
      for (const stop of stops) stop()
    }
    const wake = () => {
      end()
      resolve()
    }
    const timer = clock.after(delayMs, wake, true)
    for (const signal of signals) {
      if (signal === undefined) continue
      const abort = () => {
        end()
        reject(signal.reason)
      }
      stops.push(onAbort(signal, abort))
    }
  })
