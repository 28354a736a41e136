/**
 * Returns responses in the order in which they arrived, where requests were in flight together. What a program does next may
 * depend on that order: of two updates of an object, the first one wins.
 */

import { onAbort } from '#abort'
import type { Clock, Timer } from '../../base/clock.js'
import type { Exchange } from './recording.js'

/** How long a response waits for others that a changed program may never request. */
const patienceMs = 100

export class ArrivalOrder {
  readonly #clock: Clock
  /** Places in the recorded order of arrival whose response has not been returned. */
  readonly #pending: Set<number>
  #waiting: (() => void)[] = []

  constructor(exchanges: readonly Exchange[], clock: Clock) {
    this.#clock = clock
    this.#pending = new Set(exchanges.flatMap(({ arrived }) => arrived ?? []))
  }

  /**
   * Resolves when the responses that arrived while this one was awaited have been returned, or after a tenth of a second in which
   * no response was. No program can depend on this response before it requests those: they were requested earlier.
   */
  async turn(exchange: Exchange, signal: AbortSignal | undefined): Promise<void> {
    for (let first = this.#earlier(exchange); first !== undefined; first = this.#earlier(exchange)) {
      if (signal?.aborted) return
      const isReturned = await this.#progress(signal)
      if (!isReturned) this.#pending.delete(first)
    }
  }

  /** Notes that the response has been returned. */
  returned({ arrived }: Exchange): void {
    if (arrived === undefined) return
    this.#pending.delete(arrived)
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #earlier({ sentAfter, arrived }: Exchange): number | undefined {
    if (sentAfter === undefined || arrived === undefined) return undefined
    for (let place = sentAfter + 1; place < arrived; place++) if (this.#pending.has(place)) return place
    return undefined
  }

  /** Resolves with true when a response is returned, with false when none is for too long. */
  #progress(signal: AbortSignal | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isReturned: boolean) => {
        timer.cancel()
        stopListening?.()
        resolve(isReturned)
      }
      const timer: Timer = this.#clock.after(patienceMs, () => end(false), true)
      const stopListening = signal && onAbort(signal, () => end(true))
      this.#waiting.push(() => end(true))
    })
  }
}
