/** Per-transfer access to the shared budget: first come, first served, with one buffer guaranteed. */
import { abortError } from '../../errors/index.js'
import type { MemoryBudget, Reservation } from '../memory-budget.js'

/**
 * A transfer that holds its bytes for long (the window of a slow reader) must not stop the others: one that holds nothing gets
 * its one buffer immediately, even above the limit.
 */
export class TransferReservations {
  readonly #budget: MemoryBudget
  readonly #signal: AbortSignal
  readonly #isReadAhead: boolean
  #held = 0
  /** Ends the pending wait. */
  #stopWaiting: (() => void) | undefined

  /** @param isReadAhead whether the bytes are held until a reader takes them */
  constructor(budget: MemoryBudget, signal: AbortSignal, isReadAhead = false) {
    this.#budget = budget
    this.#signal = signal
    this.#isReadAhead = isReadAhead
  }

  /** Waits until the bytes are granted, or until the transfer holds nothing else. Calls must not overlap. */
  async reserve(bytes: number): Promise<Reservation> {
    if (this.#signal.aborted) throw abortError(this.#signal)
    if (this.#held === 0) return this.#hold(this.#budget.reserveUnqueued(bytes, this.#isReadAhead))
    const waiting = new AbortController()
    const stop = () => waiting.abort()
    this.#stopWaiting = stop
    this.#signal.addEventListener('abort', stop, { once: true })
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
      this.#stopWaiting = undefined
      this.#signal.removeEventListener('abort', stop)
    }
  }

  #hold(reservation: Reservation): Reservation {
    this.#held++
    let isHeld = true
    return {
      ...reservation,
      release: (options) => {
        if (!isHeld) return
        isHeld = false
        reservation.release(options)
        if (--this.#held === 0) this.#stopWaiting?.()
      },
    }
  }
}
