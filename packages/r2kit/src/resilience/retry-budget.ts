/**
 * Bounds retries by successes, so that a bad hour is not made worse: while every request fails, retries would multiply the load
 * on a server that is overloaded already. Pure; the retry layer asks it.
 *
 * The responses to a burst of requests arrive in any order. A request in flight therefore counts as a success until it fails, and
 * as many retries may be saved up beyond the size.
 */
export class RetryBudget {
  readonly #size: number
  /** Below zero where retries were given for requests in flight. */
  #left: number
  #inFlight = 0

  /** @param size retries that are available at the start, and saved up at most */
  constructor(size = 500) {
    this.#size = size
    this.#left = size
  }

  /** A request is sent. */
  start(): void {
    this.#inFlight++
  }

  /**
   * A request has ended.
   *
   * @param hasEarned whether the server responded as a healthy one does, which earns a retry
   */
  end(hasEarned: boolean): void {
    this.#inFlight--
    this.#left = Math.min(this.#left + (hasEarned ? 1 : 0), this.#size + this.#inFlight)
  }

  /** Takes a retry. @returns false where none is left */
  spend(): boolean {
    if (this.#size < 1 || this.#left + this.#inFlight < 1) return false
    this.#left--
    return true
  }
}
