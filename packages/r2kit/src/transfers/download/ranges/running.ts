/** A range in flight, and the share of it that another connection could fetch. */
import type { Clock } from '../../../base/clock.js'
import type { Range } from '../job.js'

/** Less than this arrives before another connection has been opened for it. */
const worthSharing = { ms: 300, bytes: 128 * 1024 }
/** The speed of a younger request is unknown. */
const speedKnownAfterMs = 300

export class RunningRange implements Range {
  readonly offset: number
  readonly #clock: Clock
  /** When its first byte arrived. */
  #startedMs: number | undefined
  #length: number
  #received = 0

  constructor({ offset, length }: Range, clock: Clock) {
    this.offset = offset
    this.#length = length
    this.#clock = clock
  }

  /** Shrinks when another connection takes over a share. */
  get length(): number {
    return this.#length
  }

  received(bytes: number): void {
    this.#startedMs ??= this.#clock.monotonicMs()
    this.#received += bytes
  }

  /** Milliseconds that the rest will take at the speed so far; 0 where a share is not worth a request. */
  get shareableMs(): number {
    if (this.#startedMs === undefined) return 0
    const elapsedMs = this.#clock.monotonicMs() - this.#startedMs
    const left = this.#length - this.#received
    if (elapsedMs < speedKnownAfterMs || left < worthSharing.bytes) return 0
    const leftMs = (left * elapsedMs) / this.#received
    return leftMs < worthSharing.ms ? 0 : leftMs
  }

  /** Splits off the second half of the bytes that have not arrived, for another connection. */
  halve(): Range {
    const share = Math.floor((this.#length - this.#received) / 2)
    this.#length -= share
    return { offset: this.offset + this.#length, length: share }
  }
}
