/** How many bytes per millisecond arrived in the recent past. Pure logic on a clock that is given. */
import type { Clock } from '../base/clock.js'

/** Sockets take and give bytes in bursts; shorter slices would say more about buffers than about the line. */
const sliceMs = 200
/** As far back as can be asked. */
export const goodputMemoryMs = 2000

export class Goodput {
  readonly #clock: Clock
  readonly #fromMs: number
  /** Bytes of the last whole slices, oldest first. */
  readonly #slices: number[] = []
  #count = 0
  #bytes = 0

  /** @param settleMs what is moved until then is not counted */
  constructor(clock: Clock, settleMs: number) {
    this.#clock = clock
    this.#fromMs = clock.monotonicMs() + settleMs
  }

  /** How long has been measured, in whole slices. */
  get elapsedMs(): number {
    return this.#count * sliceMs
  }

  /** Returns whether there is more to know than before. */
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

  /** Bytes per millisecond over the last so many milliseconds, or less where less has been measured. */
  over(lastMs: number): number {
    const slices = this.#slices.slice(-Math.round(lastMs / sliceMs))
    return slices.reduce((sum, bytes) => sum + bytes, 0) / (slices.length * sliceMs)
  }
}
