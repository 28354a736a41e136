import type { Clock, Timer } from '../../base/clock.js'

/** A time limit whose timer has fired, perhaps too early. */
export interface Timed {
  timerFired(): void
}

/**
 * The timer of a connection, for the time limits of its requests in turn. Nearly all of them are cancelled, a thousand per second, so
 * a cancelled timer runs on for the next request. It fires too early there, and is set again for the rest of the time.
 */
export class ConnectionTimer {
  readonly #clock: Clock
  #timer: Timer | undefined
  #firesAtMs = 0
  #timed: Timed | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `timed` back, at the latest after `delayMs`. The one before is not called any more. */
  set(timed: Timed, nowMs: number, delayMs: number): void {
    this.#timed = timed
    const firesAtMs = nowMs + delayMs
    if (this.#timer !== undefined && this.#firesAtMs <= firesAtMs) return
    this.#timer?.cancel()
    this.#firesAtMs = firesAtMs
    this.#timer = this.#clock.after(delayMs, () => this.#fired())
  }

  /** Ends the time limit of `timed`; does nothing where another one has been set. */
  stop(timed: Timed): void {
    if (this.#timed === timed) this.#timed = undefined
  }

  /** The connection is not used any more. */
  cancel(): void {
    this.#timed = undefined
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #fired(): void {
    const timed = this.#timed
    this.#timed = undefined
    this.#timer = undefined
    timed?.timerFired()
  }
}
