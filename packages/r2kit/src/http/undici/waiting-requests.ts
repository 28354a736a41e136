/** The queue of requests without a connection, and the limit of their wait; see `ConnectionOptions.acquireTimeoutMs`. */
import type { Dispatcher } from 'undici'
import type { Clock, Timer } from '../../base/clock.js'
import { R2Error } from '../../errors/index.js'
import type { Dispatchable } from './connection.js'
import { RequestQueue } from './request-queue.js'

/** A request without a connection. */
export interface Waiting {
  readonly options: Dispatcher.DispatchOptions
  readonly exchange: Dispatchable
}

/** The pool, as far as the queue needs it. */
export interface Occupied {
  readonly origin: string
  readonly acquireTimeoutMs: number
  /** The exchanges that run on the connections. */
  running(): Iterable<Dispatchable>
}

/** Interval of a timer that only keeps the process alive. */
const dayMs = 86_400_000

/** Requests run in order of arrival. Time counts only while the caller holds every connection. */
export class WaitingRequests {
  readonly #queue = new RequestQueue<Waiting>()
  readonly #pool: Occupied
  readonly #clock: Clock
  #timer: Timer | undefined

  constructor(pool: Occupied, clock: Clock) {
    this.#pool = pool
    this.#clock = clock
  }

  get size(): number {
    return this.#queue.size
  }

  add(waiting: Waiting): void {
    const entry = this.#queue.add(waiting, this.#clock.monotonicMs())
    waiting.exchange.queued(() => {
      this.#queue.remove(entry)
      this.#watch()
    })
    this.#watch()
  }

  /** Removes the longest waiting request that `matches`. */
  take(matches?: (waiting: Waiting) => boolean): Waiting | undefined {
    if (this.#queue.size === 0) return undefined
    const taken = this.#queue.take(matches)
    this.#watch()
    return taken
  }

  /** Fails all waiting requests. */
  fail(error: () => R2Error): void {
    for (let waiting = this.take(); waiting !== undefined; waiting = this.take()) waiting.exchange.onError?.(error())
  }

  /** Sets the timer while requests wait. It also keeps the process alive, which sockets with unread bodies do not. */
  #watch(): void {
    if (this.#queue.size === 0) {
      this.#timer?.cancel()
      this.#timer = undefined
    } else if (this.#timer === undefined) this.#setTimer(this.#pool.acquireTimeoutMs)
  }

  #setTimer(delayMs: number): void {
    this.#timer = this.#clock.after(Math.min(delayMs, dayMs), () => this.#check(), true)
  }

  #check(): void {
    this.#timer = undefined
    const nowMs = this.#clock.monotonicMs()
    const heldSinceMs = this.#heldSinceMs(nowMs)
    const timeoutMs = this.#pool.acquireTimeoutMs
    const waitedMs = (sinceMs: number) => nowMs - Math.max(sinceMs, heldSinceMs)
    for (let first = this.#queue.first; first !== undefined; first = this.#queue.first) {
      const leftMs = timeoutMs - waitedMs(first.sinceMs)
      if (leftMs > 0) {
        this.#setTimer(leftMs)
        return
      }
      this.#queue.remove(first)
      first.value.exchange.onError?.(this.#exhausted())
    }
  }

  /** The moment from which the caller has held all connections; now, where at least one is not held. */
  #heldSinceMs(nowMs: number): number {
    let sinceMs = Number.NEGATIVE_INFINITY
    for (const { watch } of this.#pool.running()) {
      if (watch.heldBy === undefined) return nowMs
      sinceMs = Math.max(sinceMs, watch.heldSinceMs)
    }
    return sinceMs === Number.NEGATIVE_INFINITY ? nowMs : sinceMs
  }

  #exhausted(): R2Error {
    const { origin, acquireTimeoutMs } = this.#pool
    const running = [...this.#pool.running()]
    const unread = running.filter(({ watch }) => watch.heldBy === 'reader').length
    const held = (count: number, by: string) =>
      count === 0 ? [] : `${count} of ${running.length} connections ${count === 1 ? 'is' : 'are'} held by ${by}`
    const holders = [
      held(unread, 'response bodies that are neither read nor cancelled'),
      held(running.length - unread, 'uploads whose source yields no data'),
    ].flat()
    const message = `no connection to ${origin} became free within ${acquireTimeoutMs} ms: ${holders.join(', ')}`
    return new R2Error('PoolExhausted', message)
  }
}
