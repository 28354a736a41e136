/**
 * Bounds retries by successes, so that a bad hour is not made worse: while every request fails, retries would multiply the load
 * on a server that is overloaded already. Pure; the retry layer asks it.
 */
export class RetryBudget {
  readonly #size: number
  #left: number

  /** @param size retries that are available at the start, and saved up at most */
  constructor(size = 500) {
    this.#size = size
    this.#left = size
  }

  /** A request has succeeded, which earns a retry. */
  earn(): void {
    if (this.#left < this.#size) this.#left++
  }

  /** Takes a retry. @returns false where none is left */
  spend(): boolean {
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
