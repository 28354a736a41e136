/**
 * Whether the next call to the file system is made directly, or by a thread of the pool.
 *
 * Handing a call over and waking a thread takes 30 to 45 µs of the event loop's own time; a call that is answered from memory,
 * as nearly all are on a local disk, takes 2 to 30. But a direct call holds everything up when the disk makes it wait. So calls
 * are direct while they are fast, and each that was not sends the next ones to the pool: a disk that is always slow holds the
 * loop up once in thousands of calls, and one that hangs from the start never does.
 */

/** Seen from here a call is slow: the pool, with its four threads, would have been no slower. */
const slowMs = 0.25
/** The first ones meet a disk that sleeps, or a server that is gone. */
const pooledAtFirst = 32
const pooledAfterSlow = 8
const pooledAtMost = 4096
/** After so many fast ones, a slow one is taken for an exception again. */
const fastInRow = 64

export class SyncIoGovernor {
  /** How many have to come back from the pool before the next direct one. */
  #pooledLeft = pooledAtFirst
  #pooledNext = pooledAfterSlow
  #fast = 0

  get isDirect(): boolean {
    return this.#pooledLeft === 0
  }

  /** Calls have come back from the pool. */
  pooled(count: number): void {
    this.#pooledLeft = Math.max(0, this.#pooledLeft - count)
  }

  /** Direct calls have been made, which took so long together. */
  direct(count: number, tookMs: number): void {
    if (tookMs < count * slowMs) {
      this.#fast += count
      if (this.#fast >= fastInRow) this.#pooledNext = pooledAfterSlow
      return
    }
    this.#fast = 0
    this.#pooledLeft = this.#pooledNext
    this.#pooledNext = Math.min(this.#pooledNext * 2, pooledAtMost)
  }
}
