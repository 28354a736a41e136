/** A clock that a test advances: an hour passes in a millisecond, and the same timers fire in the same order in every run. */
import type { Clock, Timer } from '../base/clock.js'
import { filesIdle, nextTurn, shortTurn } from './event-loop.js'

interface Pending extends PendingTimer {
  /** Timers that are due at the same time fire in the order in which they were created. */
  readonly order: number
  readonly action: () => void
}

/** A timer that has neither fired nor been cancelled. */
export interface PendingTimer {
  /** When it fires, in milliseconds since the epoch; Infinity for one that never does. */
  readonly dueMs: number
  /** Its `stack` has the code that created the timer. */
  readonly createdBy: Error
}

/**
 * A clock that advances only when a test advances it. Pass it to a client as `clock`, and take all times and delays of your own
 * code from it.
 *
 * @example
 * const clock = new VirtualClock()
 * const r2 = new R2Client({ endpoint: 'https://r2.test', credentials, transport, clock })
 * const call = r2.objects.get({ bucket, key }, { timeoutMs: 5_000 })
 * await clock.advance(5_000)
 * await expect(call).rejects.toMatchObject({ code: 'Timeout' })
 */
export class VirtualClock implements Clock {
  #nowMs: number
  readonly #startMs: number
  #order = 0
  readonly #pending = new Set<Pending>()

  /** @param startMs milliseconds since the epoch. @defaultValue noon of 1 January 2026, UTC */
  constructor(startMs: number = Date.UTC(2026, 0, 1, 12)) {
    this.#startMs = startMs
    this.#nowMs = startMs
  }

  /** The virtual time, in milliseconds since the epoch. */
  now(): number {
    return this.#nowMs
  }

  /** Virtual milliseconds since the clock was made. */
  monotonicMs(): number {
    return this.#nowMs - this.#startMs
  }

  /** Calls `action` when the clock has been advanced by `delayMs` milliseconds. */
  after(delayMs: number, action: () => void): Timer {
    const dueMs = this.#nowMs + Math.max(0, delayMs)
    const pending: Pending = { dueMs, order: this.#order++, action, createdBy: new Error('a timer was created') }
    this.#pending.add(pending)
    return { cancel: () => this.#pending.delete(pending) }
  }

  /** Waits until the clock has been advanced by `delayMs` milliseconds. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve)
    })
  }

  /** The number of pending timers: 0 after a complete clean-up. */
  get timers(): number {
    return this.#pending.size
  }

  /** The pending timers, in order of creation. */
  get pendingTimers(): readonly PendingTimer[] {
    return [...this.#pending]
  }

  /** Milliseconds until the next timer, or `undefined` if no timer is pending. */
  get nextTimerInMs(): number | undefined {
    const next = this.#next()
    return next === undefined ? undefined : next.dueMs - this.#nowMs
  }

  /**
   * Advances the clock and fires each timer at its due time. After each timer the event loop gets a turn, so that work
   * started by the timer, including new timers, is done before the clock advances further.
   *
   * @param byMs milliseconds
   */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs
    await nextTurn()
    for (let next = this.#next(); next !== undefined && next.dueMs <= untilMs; next = this.#next()) {
      this.#fire(next)
      await nextTurn()
    }
    this.#nowMs = untilMs
  }

  /**
   * Advances the clock from timer to timer until `work` has ended. For work that waits for this clock and for files only: while
   * it waited for a socket or a timer of the machine, its timeouts would fire.
   *
   * @returns the outcome of `work`
   * @throws Error if `work` waits although no timer is pending
   */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const done = () => {
      isDone = true
    }
    work.then(done, done)
    for (let idleTurns = 0; idleTurns < 1000; ) {
      await shortTurn()
      await filesIdle()
      if (isDone) return work
      const next = this.#next()
      if (next !== undefined && next.dueMs !== Number.POSITIVE_INFINITY) {
        idleTurns = 0
        this.#fire(next)
      } else {
        idleTurns++
        await nextTurn()
      }
    }
    throw new Error('The work waits, but not for a timer of this clock.')
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
