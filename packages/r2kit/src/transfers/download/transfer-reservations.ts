/** A transfer's way to the shared budget: in turn with all others, but never with nothing at all. */
import { abortError } from '../../errors/index.js'
import type { MemoryBudget, Reservation } from '../memory-budget.js'

/**
 * Whoever holds bytes for long (a slow reader's window) must not stop the others: a transfer that holds none gets its one
 * buffer at once, whatever is free.
 */
export class TransferReservations {
  readonly #budget: MemoryBudget
  readonly #signal: AbortSignal
  #held = 0
  readonly #isReadAhead: boolean
  /** Ends the wait of the one who waits. */
  #hurry: (() => void) | undefined

  /** @param isAhead whether what is reserved is held until a reader takes it */
  constructor(budget: MemoryBudget, signal: AbortSignal, isReadAhead = false) {
    this.#isReadAhead = isReadAhead
    this.#budget = budget
    this.#signal = signal
  }

  /** To be called by one at a time. */
  async reserve(bytes: number): Promise<Reservation> {
    if (this.#signal.aborted) throw abortError(this.#signal)
    if (this.#held === 0) return this.#hold(this.#budget.reserveUnqueued(bytes, this.#isReadAhead))
    const waiting = new AbortController()
    const onAbort = () => waiting.abort()
    this.#hurry = onAbort
    this.#signal.addEventListener('abort', onAbort, { once: true })
    try {
      const reserved = this.#isReadAhead
        ? this.#budget.reserveReadAhead(bytes, waiting.signal)
        : this.#budget.reserve(bytes, waiting.signal)
      return this.#hold(await reserved)
    } catch (error) {
      if (this.#signal.aborted) throw abortError(this.#signal)
      if (waiting.signal.aborted) return this.#hold(this.#budget.reserveUnqueued(bytes, this.#isReadAhead))
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
