import type { Clock } from 'r2kit'

/** A clock that advances only through timers: each fires in the next turn of the event loop, whatever its delay. */
export const eagerClock = (): Clock => {
  let nowMs = 0
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, action) {
      const dueMs = nowMs + delayMs
      const immediate = setImmediate(() => {
        nowMs = Math.max(nowMs, dueMs)
        action()
      })
      return { cancel: () => clearImmediate(immediate) }
    },
  }
}
