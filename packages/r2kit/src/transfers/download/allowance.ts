/** A transfer's way to the shared budget: in turn with all others, but never with nothing at all. */
import { abortError } from '../../errors/index.js'
import type { MemoryBudget, Reservation } from '../memory-budget.js'

/**
 * Whoever holds bytes for long (a slow reader's window) must not stop the others: a transfer that holds none gets its one
 * buffer at once, whatever is free.
 */
export class Allowance {
  readonly #budget: MemoryBudget
  readonly #signal: AbortSignal
  #held = 0
  readonly #isAhead: boolean
  /** Ends the wait of the one who waits. */
  #hurry: (() => void) | undefined

  /** @param isAhead whether what is reserved is held until a reader takes it */
  constructor(budget: MemoryBudget, signal: AbortSignal, isAhead = false) {
    this.#isAhead = isAhead
    this.#budget = budget
    this.#signal = signal
  }

  /** To be called by one at a time. */
  async reserve(bytes: number): Promise<Reservation> {
    if (this.#signal.aborted) throw abortError(this.#signal)
    if (this.#held === 0) return this.#hold(this.#budget.overdraw(bytes, this.#isAhead))
    const waiting = new AbortController()
    const onAbort = () => waiting.abort()
    this.#hurry = onAbort
    this.#signal.addEventListener('abort', onAbort, { once: true })
    try {
      const reserved = this.#isAhead
        ? this.#budget.reserveAhead(bytes, waiting.signal)
        : this.#budget.reserve(bytes, waiting.signal)
      return this.#hold(await reserved)
    } catch (error) {
      if (this.#signal.aborted) throw abortError(this.#signal)
      if (waiting.signal.aborted) return this.#hold(this.#budget.overdraw(bytes, this.#isAhead))
      throw error
    } finally {
      this.#hurry = undefined
      this.#signal.removeEventListener('abort', onAbort)
    }
  }

  #hold(reservation: Reservation): Reservation {
    this.#held++
    let held = true
    return {
      ...reservation,
      release: (options) => {
        if (!held) return
        held = false
        reservation.release(options)
        if (--this.#held === 0) this.#hurry?.()
      },
    }
  }
}
