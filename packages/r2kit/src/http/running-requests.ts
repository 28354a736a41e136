/** The requests of a transport that are in flight, and how it closes while there are some. Written once for all transports. */
import type { Clock, Timer } from '../base/clock.js'
import { R2Error } from '../errors/index.js'

/** A request in flight, from `send` to the end of its response's body. */
export interface Running {
  /** Who is the slow side: the reader of the response, the source of the request; undefined while it is the peer. */
  readonly heldBy: 'reader' | 'source' | undefined
  /** Since when, on the monotonic clock. */
  readonly heldSinceMs: number
  abort(error: R2Error): void
}

export const closeTimeoutMsDefault = 5000

/** How long closing waits for a response body that is not read. */
const unreadMs = 1000

export class RunningRequests {
  readonly #all = new Set<Running>()
  #whenNone: (() => void) | undefined

  /** Response bodies that are neither read nor cancelled. */
  get unread(): number {
    let count = 0
    for (const { heldBy } of this.#all) if (heldBy === 'reader') count++
    return count
  }

  add(request: Running): void {
    this.#all.add(request)
  }

  delete(request: Running): void {
    this.#all.delete(request)
    if (this.#all.size === 0) this.#whenNone?.()
  }

  /**
   * Waits for the requests to end, `timeoutMs` at most, and for a body that is not read for a second no longer than that. Those
   * left are aborted with `ClientClosed`.
   */
  async end(clock: Clock, timeoutMs: number): Promise<void> {
    if (this.#all.size === 0) return
    const none = new Promise<void>((resolve) => {
      this.#whenNone = resolve
    })
    const endMs = clock.monotonicMs() + timeoutMs
    let timer: Timer | undefined
    const check = () => {
      const nowMs = clock.monotonicMs()
      for (const request of this.#all) {
        if (nowMs >= endMs) request.abort(closed(`before the request had ended, which was given ${timeoutMs} ms`))
        else if (request.heldBy === 'reader' && nowMs - request.heldSinceMs >= unreadMs)
          request.abort(closed('while the response body was not being read'))
      }
      // It keeps the process alive, because a program that awaits `dispose()` may have nothing else left.
      if (this.#all.size > 0) timer = clock.after(Math.min(unreadMs, endMs - nowMs), check, true)
    }
    check()
    await none
    timer?.cancel()
  }
}

const closed = (when: string): R2Error => new R2Error('ClientClosed', `the client was disposed ${when}`)
