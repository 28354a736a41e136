/** R2 accepts about one write per second and key, and returns 429 for more. The option `strictWriteRate` switches this on. */
import type { Clock } from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'

const windowMs = 1000
/** Above this number of remembered keys, those outside of the window are removed. */
const pruneAbove = 10_000

export class WriteRate {
  readonly #clock: Clock
  readonly #lastWrites = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Records a write to a key.
   * @throws S3Error `TooManyRequests` if the last write to this key was less than a second ago.
   */
  admit(bucket: string, key: string): void {
    const now = this.#clock.now()
    const name = `${bucket}/${key}`
    const last = this.#lastWrites.get(name)
    if (last !== undefined && now - last < windowMs) {
      throw new S3Error('TooManyRequests', undefined, { headers: { 'retry-after': '1' } })
    }
    if (this.#lastWrites.size > pruneAbove) this.#prune(now)
    this.#lastWrites.set(name, now)
  }

  #prune(now: number): void {
    for (const [name, time] of this.#lastWrites) if (now - time >= windowMs) this.#lastWrites.delete(name)
  }
}
