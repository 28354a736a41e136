/**
 * The circuit breaker of requirement 3.5 as a state machine: no timers, no protocol. `circuit-breaker-layer.ts` wires it.
 *
 *                 5 failures in a row                30 s have passed
 *      ┌─────────┐ ─────────────────▶ ┌──────────┐ ─────────────────▶ ┌───────────┐
 *      │ closed  │                    │   open   │                    │ half-open │
 *      └─────────┘ ◀──────────────┐   └──────────┘ ◀───────────────── └───────────┘
 *           3 successes in a row  └────────────────────────────────────────┘ one failure: open again
 *
 * Open, every request is refused with the time of the next trial. Half-open, at most as many requests are in flight as
 * successes are missing.
 */
import type { Clock } from '../base/clock.js'

export interface CircuitBreakerOptions {
  /** Failures in a row after which requests are refused. @defaultValue 5 */
  readonly failures?: number | undefined
  /** How long requests are refused before trial requests are let through, in milliseconds. @defaultValue 30_000 */
  readonly openMs?: number | undefined
  /** Successful trial requests in a row after which all requests are let through again. @defaultValue 3 */
  readonly successes?: number | undefined
}

export type CircuitState = 'closed' | 'open' | 'half-open'

/** The fate of a request: let through, or refused until a time on the monotonic clock. */
export type Admission =
  | { readonly isAdmitted: true; readonly round: number }
  | { readonly isAdmitted: false; readonly retryAfterMs: number }

export class CircuitBreaker {
  readonly #failures: number
  readonly #openMs: number
  readonly #successes: number
  readonly #clock: Clock
  readonly #onChange: (state: CircuitState) => void
  #state: CircuitState = 'closed'
  /** Of failures while closed, of successes while half-open. */
  #inARow = 0
  /** Trial requests without an outcome yet. */
  #trials = 0
  #openedMs = 0
  /** Counts the changes of state: an outcome of an earlier round does not count in this one. */
  #round = 0

  constructor(options: CircuitBreakerOptions, clock: Clock, onChange: (state: CircuitState) => void = () => undefined) {
    this.#failures = options.failures ?? 5
    this.#openMs = options.openMs ?? 30_000
    this.#successes = options.successes ?? 3
    this.#clock = clock
    this.#onChange = onChange
  }

  /** The state now; `open` turns into `half-open` by the clock alone. */
  get state(): CircuitState {
    if (this.#state === 'open' && this.#leftMs() <= 0) this.#change('half-open')
    return this.#state
  }

  /** Asks for a request to be let through. Report its outcome by `succeeded`, `failed` or `ended`. */
  admit(): Admission {
    const state = this.state
    if (state === 'closed') return { isAdmitted: true, round: this.#round }
    if (state === 'open') return { isAdmitted: false, retryAfterMs: this.#leftMs() }
    // As many trials as may be needed; more would be a burst at a server that is recovering.
    if (this.#trials >= this.#successes - this.#inARow) return { isAdmitted: false, retryAfterMs: 0 }
    this.#trials++
    return { isAdmitted: true, round: this.#round }
  }

  /** The server gave a response that speaks of its health: any response but those of `failed`. */
  succeeded(round: number): void {
    if (round !== this.#round) return
    if (this.#state === 'closed') this.#inARow = 0
    else {
      this.#trials--
      if (++this.#inARow >= this.#successes) this.#change('closed')
    }
  }

  /** The server failed: no connection, no response in time, or a status from 500 on. */
  failed(round: number): void {
    if (round !== this.#round) return
    if (this.#state === 'half-open' || ++this.#inARow >= this.#failures) this.#change('open')
  }

  /** The request ended without an outcome of the server's: it was aborted. */
  ended(round: number): void {
    if (round === this.#round && this.#state === 'half-open') this.#trials--
  }

  #leftMs(): number {
    return this.#openedMs + this.#openMs - this.#clock.monotonicMs()
  }

  #change(state: CircuitState): void {
    this.#state = state
    this.#inARow = 0
    this.#trials = 0
    this.#round++
    if (state === 'open') this.#openedMs = this.#clock.monotonicMs()
    this.#onChange(state)
  }
}
