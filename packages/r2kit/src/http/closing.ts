/** How a transport closes within a stated time while requests are in flight. Written once for all transports. */
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

/**
 * Waits until all requests have ended: `timeoutMs` at most, and for a body that is not read for a second no longer than that.
 * Those left are aborted with `ClientClosed`.
 *
 * @param ended resolves when no request is left
 */
export const closeWithin = async (
  clock: Clock,
  timeoutMs: number,
  running: () => Iterable<Running>,
  ended: Promise<unknown>,
): Promise<void> => {
  const endMs = clock.monotonicMs() + timeoutMs
  let timer: Timer | undefined
  const check = () => {
    const nowMs = clock.monotonicMs()
    // A copy: what is aborted leaves the requests that run.
    for (const request of [...running()]) {
      if (nowMs >= endMs) request.abort(closed(`before the request had ended, which was given ${timeoutMs} ms`))
      else if (request.heldBy === 'reader' && nowMs - request.heldSinceMs >= unreadMs)
        request.abort(closed('while the response body was not being read'))
    }
    // It keeps the process alive, because a program that awaits `dispose()` may have nothing else left.
    timer = nowMs < endMs ? clock.after(Math.min(unreadMs, endMs - nowMs), check, true) : undefined
  }
  check()
  await ended
  timer?.cancel()
}

const closed = (when: string): R2Error => new R2Error('ClientClosed', `the client was disposed ${when}`)
