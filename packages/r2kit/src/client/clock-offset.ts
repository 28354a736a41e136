/**
 * By how much the server's clock differs from ours. Nought until R2 refuses a signature for its date; then the `Date` of that
 * response is believed, for this client only: the machine's clock stays what it is.
 */
export class ClockOffset {
  #offsetMs = 0

  /** To be added to the time of our clock. */
  get ms(): number {
    return this.#offsetMs
  }

  /** @param skewMs by how much our clock is ahead of the server's */
  correct(skewMs: number): void {
    this.#offsetMs = -skewMs
  }
}
