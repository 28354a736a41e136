/** Bounds how many requests of a client are in flight, the bodies of their responses included. */
import { onAbort } from '#abort'
import { abortError, R2Error } from '../errors/index.js'
import type { HttpResponse } from '../http/index.js'
import {
  type Attempt,
  type AttemptLayer,
  type InternalAttempt,
  onBodyEnd,
  ownLayer,
  rejecting,
} from '../pipeline/index.js'
import { integer, refuseOption } from '../validation/index.js'

/** Permits, given in the order in which they were asked for. */
class Permits {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  /** Requests that wait for a permit. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Resolves when a permit has been given; rejects, without one, when a signal aborts first. */
  acquire(...signals: (AbortSignal | undefined)[]): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--
      return undefined
    }
    return new Promise((resolve, reject) => {
      const stops: (() => void)[] = []
      const stop = () => {
        for (const end of stops) end()
      }
      const give = () => {
        stop()
        resolve()
      }
      this.#waiting.push(give)
      for (const signal of signals) {
        if (signal === undefined) continue
        stops.push(
          onAbort(signal, () => {
            stop()
            this.#waiting.splice(this.#waiting.indexOf(give), 1)
            reject(signal.reason)
          }),
        )
      }
    })
  }

  release(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}

/**
 * A layer that bounds the requests in flight. A permit is held until the body of the response has ended: a stream that is not
 * read keeps its permit, as it keeps its connection. Further requests wait in order.
 *
 * @param maxRequests most requests in flight
 * @example new R2Client({ ...options, layers: { attempt: [concurrencyLimit(16)] } })
 */
export const concurrencyLimit = (maxRequests: number): AttemptLayer => {
  const count = integer(1).read(maxRequests, 'maxRequests', refuseOption)
  return ownLayer((next) => {
    const permits = new Permits(count)
    const release = () => permits.release()
    const send = (attempt: Attempt): Promise<HttpResponse> =>
      rejecting(next, attempt).then(
        (response) => {
          const { body } = response
          if (!(body instanceof Uint8Array)) return { ...response, body: onBodyEnd(body, release) }
          release()
          return response
        },
        (error: unknown) => {
          release()
          throw error
        },
      )
    return (attempt) => {
      const { signal, disposed } = attempt
      const permit = permits.acquire(signal, disposed)
      if (permit === undefined)
        return send(attempt)
        // The client's own layers make every attempt, and copies keep the internal fields.
      ;(attempt as InternalAttempt).events?.delayed(attempt.number, 'concurrency', undefined)
      return permit.then(
        () => send(attempt),
        () => {
          if (!disposed.aborted) throw abortError(signal)
          throw new R2Error('ClientClosed', 'the client was disposed while the request waited for a permit')
        },
      )
    }
  })
}
