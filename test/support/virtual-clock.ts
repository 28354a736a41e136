/**
 * A clock that a test advances. All timers of this project use a `Clock`, so an hour passes in a millisecond, and the same
 * timers fire in the same order in every run.
 */
import type { Clock, Timer } from 'r2kit'

interface Pending {
  readonly dueMs: number
  /** Timers that are due at the same time fire in the order in which they were created. */
  readonly order: number
  readonly action: () => void
}

/**
 * A clock that advances only when a test advances it.
 *
 * @example
 * const clock = new VirtualClock()
 * const call = r2.objects.get({ bucket, key }, { timeoutMs: 5_000 })
 * await clock.advance(5_000)
 * await expect(call).rejects.toMatchObject({ code: 'Timeout' })
 */
export class VirtualClock implements Clock {
  #nowMs: number
  readonly #startMs: number
  #order = 0
  readonly #pending = new Set<Pending>()

  /** @param startMs - milliseconds since the epoch. @defaultValue noon of 1 January 2026, UTC */
  constructor(startMs: number = Date.UTC(2026, 0, 1, 12)) {
    this.#startMs = startMs
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs - this.#startMs
  }

  after(delayMs: number, action: () => void): Timer {
    const pending: Pending = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, action }
    this.#pending.add(pending)
    return { cancel: () => this.#pending.delete(pending) }
  }

  /** The number of pending timers: 0 after a complete clean-up. */
  get timers(): number {
    return this.#pending.size
  }

  /** Milliseconds until the next timer, or `undefined` if no timer is pending. */
  get nextTimerInMs(): number | undefined {
    const next = this.#next()
    return next === undefined ? undefined : next.dueMs - this.#nowMs
  }

  /**
   * Advances the clock and fires each timer at its due time. After each timer the event loop gets a turn, so that work
   * started by the timer, including new timers, is done before the clock advances further.
   */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs
    await turn()
    for (let next = this.#next(); next !== undefined && next.dueMs <= untilMs; next = this.#next()) {
      this.#fire(next)
      await turn()
    }
    this.#nowMs = untilMs
  }

  /**
   * Advances the clock from timer to timer until `work` is done. Only for work that waits for nothing but this clock: while
   * it waited for a socket, its timeouts would fire.
   *
   * @returns the outcome of `work`; rejects if `work` waits for something other than a timer
   */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const done = () => {
      isDone = true
    }
    work.then(done, done)
    for (let idleTurns = 0; idleTurns < 1000; ) {
      await turn()
      if (isDone) return work
      const next = this.#next()
      idleTurns = next === undefined ? idleTurns + 1 : 0
      if (next !== undefined) this.#fire(next)
    }
    throw new Error('The work waits for something other than a timer of this clock.')
  }

  #next(): Pending | undefined {
    let next: Pending | undefined
    for (const pending of this.#pending) {
      if (
        next === undefined ||
        pending.dueMs < next.dueMs ||
        (pending.dueMs === next.dueMs && pending.order < next.order)
      )
        next = pending
    }
    return next
  }

  #fire(pending: Pending): void {
    this.#pending.delete(pending)
    this.#nowMs = Math.max(this.#nowMs, pending.dueMs)
    pending.action()
  }
}

/** A turn of the event loop: runs promise callbacks and reads input that has arrived. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))
