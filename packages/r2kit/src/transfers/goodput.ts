/** Measures goodput: bytes per millisecond in the recent past. */
import type { Clock } from '../base/clock.js'

/** Sockets move bytes in bursts. Shorter slices would measure buffers, not the network. */
const sliceMs = 200
/** The longest time that `over` can look back. */
export const goodputMemoryMs = 2000

export class Goodput {
  readonly #clock: Clock
  readonly #fromMs: number
  /** Bytes of the last whole slices, oldest first. */
  readonly #slices: number[] = []
  #count = 0
  #bytes = 0

  /** @param warmUpMs bytes that move during this time are not counted */
  constructor(clock: Clock, warmUpMs: number) {
    this.#clock = clock
    this.#fromMs = clock.monotonicMs() + warmUpMs
  }

  /** The measured time so far, in whole slices. */
  get elapsedMs(): number {
    return this.#count * sliceMs
  }

  /** Counts bytes that have moved. Returns whether a slice has become whole, so that the figures differ from before. */
  count(bytes: number): boolean {
    const elapsedMs = this.#clock.monotonicMs() - this.#fromMs
    if (elapsedMs < 0) return false
    const count = Math.floor(elapsedMs / sliceMs)
    const isMore = count > this.#count
    if (isMore) {
      const empty = Math.min(count - this.#count - 1, goodputMemoryMs / sliceMs)
      this.#slices.push(this.#bytes, ...new Array<number>(empty).fill(0))
      this.#slices.splice(0, this.#slices.length - goodputMemoryMs / sliceMs)
      this.#count = count
      this.#bytes = 0
    }
    this.#bytes += bytes
    return isMore
  }

  /** Bytes per millisecond over the last `lastMs`, or over the measured time where that is shorter. */
  over(lastMs: number): number {
    const slices = this.#slices.slice(-Math.round(lastMs / sliceMs))
    return slices.reduce((sum, bytes) => sum + bytes, 0) / (slices.length * sliceMs)
  }
}
