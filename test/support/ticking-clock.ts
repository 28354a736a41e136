import type { Clock } from 'r2kit'

/** A clock that advances by `turnMs` with each turn of the event loop while timers are pending. */
export const tickingClock = (turnMs: number): Clock => {
  let nowMs = 0
  let isTicking = false
  const pending = new Set<{ readonly dueMs: number; readonly action: () => void }>()
  const tick = () => {
    nowMs += turnMs
    for (const timer of pending) {
      if (timer.dueMs > nowMs) continue
      pending.delete(timer)
      timer.action()
    }
    isTicking = pending.size > 0
    if (isTicking) setImmediate(tick)
  }
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, action) {
      const timer = { dueMs: nowMs + delayMs, action }
      pending.add(timer)
      if (!isTicking) setImmediate(tick)
      isTicking = true
      return { cancel: () => pending.delete(timer) }
    },
  }
}
