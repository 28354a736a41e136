/**
 * Time that a test moves. Everything in this project that waits does it through a `Clock`, so with this one an hour passes
 * in a millisecond, and the same timers fire in the same order in every run.
 */
import type { Clock, Timer } from 'r2kit'

interface Pending {
  readonly dueMs: number
  /** Timers that are due at the same time fire in the order in which they were set. */
  readonly order: number
  readonly action: () => void
}

/**
 * A clock that stands still until it is moved.
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

  /** How many timers are set: nought when all has been tidied up. */
  get timers(): number {
    return this.#pending.size
  }

  /** Milliseconds until the next timer, or undefined where there is none. */
  get nextTimerInMs(): number | undefined {
    const next = this.#next()
    return next === undefined ? undefined : next.dueMs - this.#nowMs
  }

  /**
   * Moves time on, firing what falls due on the way, each timer at its own time. What a timer sets in motion, further
   * timers included, gets a turn of the event loop before time moves on.
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
   * Moves time from timer to timer until `work` is done, and answers what it answers. For work that waits for this clock
   * alone: while it waits for a socket, its timeouts would fire.
   *
   * @returns the outcome of `work`; rejects where `work` waits for something that no timer brings
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
    throw new Error('the work waits for something that is not a timer of this clock')
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

/** A turn of the event loop: promises settle, and input that has arrived is read. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))
