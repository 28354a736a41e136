/** Pieces of work that run side by side, at most so many, and whose end can be waited for. */
export class InFlight {
  readonly #max: number
  readonly #onFailure: (error: unknown) => void
  readonly #running = new Set<Promise<void>>()

  /** @param onFailure called with each failure; the work itself never rejects */
  constructor(max: number, onFailure: (error: unknown) => void) {
    this.#max = max
    this.#onFailure = onFailure
  }

  add(work: () => Promise<void>): void {
    const running: Promise<void> = work()
      .catch(this.#onFailure)
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Waits until there is room for one more. Work that waits to be tried again takes its room, so that an outage starts no avalanche. */
  async room(): Promise<void> {
    while (this.#running.size >= this.#max) await Promise.race(this.#running)
  }

  /** Waits until nothing runs. */
  async ended(): Promise<void> {
    await Promise.all(this.#running)
  }
}
