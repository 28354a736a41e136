/**
 * Bounds retries by the number of calls, so that a bad hour is not made worse: while most requests fail, every call sends up to
 * `maxAttempts` requests, which multiplies the load on a server that is overloaded already. Pure; the retry layer asks it.
 */
export class RetryBudget {
  readonly #ratio: number
  readonly #reserve: number
  #tokens: number

  /**
   * @param ratio retries that each call earns. @defaultValue 1
   * @param reserve retries that are saved up at most, and available at the start. @defaultValue 100
   */
  constructor(ratio = 1, reserve = 100) {
    this.#ratio = ratio
    this.#reserve = reserve
    this.#tokens = reserve
  }

  /** A call has sent its first request. */
  earn(): void {
    this.#tokens = Math.min(this.#reserve, this.#tokens + this.#ratio)
  }

  /** Takes one retry from the budget. @returns false where it is spent */
  spend(): boolean {
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
