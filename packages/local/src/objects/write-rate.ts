/** R2 takes about one write a second to the same key and answers 429 to more. Off by default; tests of clients turn it on. */
import type { Clock } from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'

const windowMs = 1000
const sweepAbove = 10_000

export class WriteRate {
  readonly #clock: Clock
  readonly #lastWrites = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts a write. @throws S3Error TooManyRequests when the last one to this key was less than a second ago. */
  admit(bucket: string, key: string): void {
    const now = this.#clock.now()
    const name = `${bucket}/${key}`
    const last = this.#lastWrites.get(name)
    if (last !== undefined && now - last < windowMs) {
      throw new S3Error('TooManyRequests', undefined, { headers: { 'retry-after': '1' } })
    }
    if (this.#lastWrites.size > sweepAbove) this.#forgetOld(now)
    this.#lastWrites.set(name, now)
  }

  #forgetOld(now: number): void {
    for (const [name, time] of this.#lastWrites) if (now - time >= windowMs) this.#lastWrites.delete(name)
  }
}
