import type { Clock } from 'r2kit'

/** Time that passes only by waiting: a timer fires as soon as nothing else is to be done first. */
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
