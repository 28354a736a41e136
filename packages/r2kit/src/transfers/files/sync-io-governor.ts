/**
 * Decides whether the next call to the file system is synchronous, or made by a thread of the pool.
 *
 * A call by the pool takes 30 to 45 µs of the event loop's time, for the hand-over and for waking a thread. A synchronous call
 * that the page cache serves, as nearly all are on a local disk, takes 2 to 30 µs; but one that waits for the disk blocks
 * everything. So calls are synchronous while they are fast, and a slow one sends the next calls to the pool. A disk that is
 * always slow blocks the event loop once in thousands of calls; one that hangs from the start never does.
 *
 * One slow call after many fast ones is ignored. On a machine whose cores are busy, another program takes the core of one call
 * in a few hundred, and the pool would only add to the load: with 4 KB files, a tenth of the client's CPU time.
 */

/** A call that takes longer is slow: the pool, with its four threads, would have been no slower. */
const slowMs = 0.25
/** The first calls can meet a disk that spins up, or a file server that is gone. */
const pooledAtFirst = 32
const pooledAfterSlow = 8
const pooledAtMost = 4096
/** After this many fast calls, a slow one is an exception. */
const fastInRow = 64

export class SyncIoGovernor {
  /** Pooled calls to be finished before the next synchronous one. */
  #pooledLeft = pooledAtFirst
  #pooledNext = pooledAfterSlow
  #fast = 0

  get isSync(): boolean {
    return this.#pooledLeft === 0
  }

  /** Counts calls that the pool has finished. */
  notePooled(count: number): void {
    this.#pooledLeft = Math.max(0, this.#pooledLeft - count)
  }

  /** Counts synchronous calls, which took `tookMs` together. */
  noteSync(count: number, tookMs: number): void {
    if (tookMs < count * slowMs) {
      this.#fast += count
      if (this.#fast >= fastInRow) this.#pooledNext = pooledAfterSlow
      return
    }
    const isException = this.#fast >= fastInRow
    this.#fast = 0
    if (isException) return
    this.#pooledLeft = this.#pooledNext
    this.#pooledNext = Math.min(this.#pooledNext * 2, pooledAtMost)
  }
}
