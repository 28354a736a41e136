/**
 * Time as a parameter. All code that reads the time, waits or sets a timer does so through a `Clock`, so that tests run on virtual
 * time.
 */
import { onAbort } from '#abort'

/** A pending timer. */
export interface Timer {
  /** Cancels the timer. Has no effect after the action was called. */
  cancel(): void
}

/**
 * A source of time. Pass one to a client for tests on virtual time.
 *
 * @example
 * const r2 = new R2Client({ accountId, credentials, clock: { ...systemClock, now: () => fixedMs } })
 */
export interface Clock {
  /** The current time, in milliseconds since the epoch, as `Date.now()`. */
  now(): number
  /** A time in milliseconds that never runs backwards, for measuring durations. Its origin has no meaning. */
  monotonicMs(): number
  /**
   * Calls `action` once, after `delayMs` milliseconds.
   *
   * @param keepsAlive whether the timer keeps the process alive, as a wait between attempts must. Timeouts do not: the watched
   *   operation does. @defaultValue false
   */
  after(delayMs: number, action: () => void, keepsAlive?: boolean): Timer
}

/** Longest delay of a platform's timer, 24.8 days. A timer with a longer delay would fire immediately. */
const longestTimerMs = 2 ** 31 - 1

/** The clock of the machine. */
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
 * Waits for `delayMs` milliseconds on a clock. If one of the signals is aborted, the wait ends immediately and rejects with the
 * reason of that signal.
 */
export const sleep = (clock: Clock, delayMs: number, ...signals: (AbortSignal | undefined)[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const aborted = signals.find((signal) => signal?.aborted)
    if (aborted !== undefined) return reject(aborted.reason)
    const ending = (done: () => void) => (): void => {
      timer.cancel()
      for (const stop of stops) stop?.()
      done()
    }
    const timer = clock.after(delayMs, ending(resolve), true)
    const abort = (signal: AbortSignal) => ending(() => reject(signal.reason))
    const stops = signals.map((signal) => signal && onAbort(signal, abort(signal)))
  })
