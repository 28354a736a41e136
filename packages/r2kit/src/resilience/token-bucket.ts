/** A rate as a bucket of tokens: so many per second, and bursts up to its size. Pure: it returns how long to wait. */
import type { Clock } from '../base/clock.js'

export class TokenBucket {
  readonly #perMs: number
  readonly #size: number
  readonly #clock: Clock
  #tokens: number
  #atMs: number

  /**
   * @param perSecond tokens that are added per second
   * @param size most tokens at one time
   */
  constructor(perSecond: number, size: number, clock: Clock) {
    this.#perMs = perSecond / 1_000
    this.#size = size
    this.#clock = clock
    this.#tokens = size
    this.#atMs = clock.monotonicMs()
  }

  /**
   * Takes a token, now or in advance: the caller waits as long as the result says, and need not ask again.
   *
   * @returns milliseconds until the token is there; 0 for one that is there now
   */
  take(): number {
    const nowMs = this.#clock.monotonicMs()
    this.#tokens = Math.min(this.#size, this.#tokens + (nowMs - this.#atMs) * this.#perMs)
    this.#atMs = nowMs
    this.#tokens--
    return this.#tokens >= 0 ? 0 : -this.#tokens / this.#perMs
  }

  /** Gives back a token whose request was not sent. */
  giveBack(): void {
    this.#tokens = Math.min(this.#size, this.#tokens + 1)
  }

  /** Whether the bucket is full, as a new one is. */
  get isFull(): boolean {
    return this.#tokens + (this.#clock.monotonicMs() - this.#atMs) * this.#perMs >= this.#size
  }
}
