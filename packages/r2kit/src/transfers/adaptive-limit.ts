/**
 * The limit on concurrent requests of all transfers of a client: a queue of permits, whose number follows the control law of
 * `concurrency-controller.ts`.
 */
import { onAbort } from '#abort'
import type { Clock } from '../base/clock.js'
import { abortError } from '../errors/index.js'
import { ConcurrencyController } from './concurrency-controller.js'

/** The right to have one request in flight. */
export interface Permit {
  /** Counts bytes as they flow, so that the limit can climb before whole parts are finished. */
  moved(bytes: number): void
  /**
   * Returns the permit; a second call does nothing. `bytes` is the sum of all bytes, including those counted by `moved`.
   * `congested` is set when the request ended in a 429, a 503 or a reset.
   */
  done(outcome: { bytes: number; congested?: boolean }): void
}

export interface AdaptiveLimitOptions {
  /** Permits at the start, for each transfer in progress. */
  readonly initial: number
  /** Most permits. */
  readonly max: number
  readonly clock: Clock
}

export class AdaptiveLimit {
  readonly max: number
  readonly #initial: number
  readonly #clock: Clock
  readonly #controller: ConcurrencyController
  #inUse = 0
  #transfers = 0
  /** In order of arrival. */
  readonly #waiting = new Set<() => void>()
  readonly #isSaturated = (): boolean => this.#waiting.size > 0 && this.#inUse <= this.limit

  constructor({ initial, max, clock }: AdaptiveLimitOptions) {
    this.#initial = Math.min(initial, max)
    this.max = max
    this.#clock = clock
    this.#controller = new ConcurrencyController({
      initial: this.#initial,
      max,
      clock,
      onChange: () => this.#grantWaiting(),
    })
  }

  /** The current number of permits. */
  get limit(): number {
    return this.#controller.limit
  }

  /** Permits that are held. */
  get inUse(): number {
    return this.#inUse
  }

  /** Whether a permit is free and none is waited for. */
  get isFree(): boolean {
    return this.#waiting.size === 0 && this.#inUse < this.limit
  }

  /** Registers a transfer, and raises the limit to `initial` permits per transfer. The returned function unregisters it. */
  enter(): () => void {
    this.#transfers++
    if (this.#transfers === 1) this.#controller.restart()
    this.#controller.raiseTo(Math.min(this.max, this.#initial * this.#transfers))
    let isInside = true
    return () => {
      if (isInside) this.#transfers--
      isInside = false
    }
  }

  /**
   * Waits for a permit, first come, first served. Transfers that wait for one permit at a time take turns.
   *
   * @throws R2Error `Aborted` (or the signal's own R2Error) when the signal aborts the wait
   */
  acquire(signal?: AbortSignal): Promise<Permit> {
    if (signal?.aborted) return Promise.reject(abortError(signal))
    if (this.isFree) return Promise.resolve(this.#permit())
    return new Promise((resolve, reject) => {
      const grant = () => {
        stopListening?.()
        resolve(this.#permit())
      }
      const stopListening =
        signal &&
        onAbort(signal, () => {
          this.#waiting.delete(grant)
          reject(abortError(signal))
        })
      this.#waiting.add(grant)
    })
  }

  #permit(): Permit {
    this.#inUse++
    const startedMs = this.#clock.monotonicMs()
    let counted = 0
    let isHeld = true
    const moved = (bytes: number) => {
      counted += bytes
      this.#controller.count(bytes, this.#isSaturated)
    }
    return {
      moved,
      done: ({ bytes, congested = false }) => {
        if (!isHeld) return
        isHeld = false
        this.#inUse--
        if (congested) this.#controller.cut(startedMs)
        else moved(Math.max(0, bytes - counted))
        this.#grantWaiting()
      },
    }
  }

  #grantWaiting(): void {
    for (const grant of this.#waiting) {
      if (this.#inUse >= this.limit) return
      this.#waiting.delete(grant)
      grant()
    }
  }
}
