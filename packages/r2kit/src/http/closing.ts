/** Closing within a limited time while requests are in flight: the same for all transports. */
import type { Clock, Timer } from '../base/clock.js'
import { clientError, type R2Error } from '../errors/calls.js'
import type { PeerWatch } from './peer-watch.js'

/** A request in flight, from `send` to the end of its response's body. */
export interface Running {
  readonly watch: Pick<PeerWatch, 'heldBy' | 'heldSinceMs'>
  /** Ends the request with this error. */
  abort(error: R2Error): void
}

/** Default of `ConnectionOptions.closeTimeoutMs`. */
export const closeTimeoutMsDefault = 5000

/** How long closing waits for a response body that is not read. */
const unreadMs = 1000

/**
 * Waits until all requests have ended, for `timeoutMs` at most, and aborts those left with `ClientClosed`. A response body that
 * is not read for a second is aborted earlier.
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
    // A copy, since aborted requests leave the collection.
    for (const request of [...running()]) {
      if (nowMs >= endMs) request.abort(closed(`and the request did not end within ${timeoutMs} ms`))
      else if (request.watch.heldBy === 'reader' && nowMs - request.watch.heldSinceMs >= unreadMs)
        request.abort(closed('while the response body was not being read'))
    }
    // It keeps the process alive: a program that awaits `dispose()` may have nothing else left.
    timer = nowMs < endMs ? clock.after(Math.min(unreadMs, endMs - nowMs), check, true) : undefined
  }
  check()
  await ended
  timer?.cancel()
}

const closed = (when: string): R2Error => clientError('ClientClosed', `the client was disposed ${when}`)
