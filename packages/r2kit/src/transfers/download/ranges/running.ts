/** A range that is being fetched, and what it can give away to a connection that has nothing left to do. */
import type { Clock } from '../../../base/clock.js'
import type { Range } from '../job.js'

/** Less is there before another connection has been asked for it. */
const worthSharing = { ms: 300, bytes: 128 * 1024 }
/** A request that is younger has told nothing of its speed yet. */
const tellingMs = 300

export class RunningRange implements Range {
  readonly offset: number
  readonly #clock: Clock
  /** When its first byte came. */
  #startedMs: number | undefined
  #length: number
  #received = 0

  constructor({ offset, length }: Range, clock: Clock) {
    this.offset = offset
    this.#length = length
    this.#clock = clock
  }

  /** Becomes less when something is given away. */
  get length(): number {
    return this.#length
  }

  received(bytes: number): void {
    this.#startedMs ??= this.#clock.monotonicMs()
    this.#received += bytes
  }

  /** How long the rest will take at the speed so far, in milliseconds; 0 where it would not pay to share it. */
  get shareableMs(): number {
    if (this.#startedMs === undefined) return 0
    const elapsedMs = this.#clock.monotonicMs() - this.#startedMs
    const left = this.#length - this.#received
    if (elapsedMs < tellingMs || left < worthSharing.bytes) return 0
    const leftMs = (left * elapsedMs) / this.#received
    return leftMs < worthSharing.ms ? 0 : leftMs
  }

  /** Gives away the second half of what has not come yet. */
  halve(): Range {
    const given = Math.floor((this.#length - this.#received) / 2)
    this.#length -= given
    return { offset: this.offset + this.#length, length: given }
  }
}
