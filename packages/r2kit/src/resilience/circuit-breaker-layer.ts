import { isR2Error, R2Error, type R2ErrorKind } from '../errors/index.js'
import { type Attempt, type AttemptLayer, type InternalAttempt, ownLayer, rejecting } from '../pipeline/index.js'
import { callback, duration, type Fields, integer, objectOf, oneOf, refuseOption } from '../validation/index.js'
import { CircuitBreaker, type CircuitBreakerOptions, type CircuitState } from './circuit-breaker.js'

/** Options of `circuitBreaker`. */
export interface CircuitBreakerLayerOptions extends CircuitBreakerOptions {
  /** Which requests share a breaker: `bucket` leaves other buckets alone when one fails. @defaultValue 'endpoint' */
  readonly per?: 'endpoint' | 'bucket' | undefined
  /** Called when a breaker changes its state; with the bucket where there is one per bucket. @defaultValue no-op */
  readonly onChange?: ((state: CircuitState, bucket: string | undefined) => void) | undefined
}

const optionFields: Fields<CircuitBreakerLayerOptions> = {
  failures: integer(1),
  openMs: duration,
  successes: integer(1),
  per: oneOf('endpoint', 'bucket'),
  onChange: callback(),
}
const optionsField = objectOf<CircuitBreakerLayerOptions>('CircuitBreakerLayerOptions', optionFields, {
  argument: 'options',
})

/** Kinds of errors that measure the server's health. */
const healthKinds: ReadonlySet<R2ErrorKind> = new Set<R2ErrorKind>(['Network', 'Server'])

/**
 * A layer that stops sending requests to a server which fails repeatedly. They are rejected with `CircuitOpen`, whose
 * `retryAfterMs` is the time until the next trial. The call does not retry it; a transfer waits and resumes, within its
 * `noProgressTimeoutMs`.
 *
 * For services that would rather fail fast. A batch job is better served by its retries alone: where a third of the requests
 * fail, five failures in a row are no outage.
 *
 * @example new R2Client({ ...options, layers: { attempt: [circuitBreaker({ failures: 10 })] } })
 */
export const circuitBreaker = (given: CircuitBreakerLayerOptions = {}): AttemptLayer => {
  const { per = 'endpoint', onChange, ...options } = optionsField.read(given, '', refuseOption)
  return ownLayer((next) => {
    const breakers = new Map<string | undefined, CircuitBreaker>()
    /** The attempt that a breaker is used for: its state changes synchronously, because of it. */
    let cause: Attempt | undefined
    const breakerOf = ({ bucket, clock }: Attempt): CircuitBreaker => {
      const name = per === 'bucket' ? bucket : undefined
      const existing = breakers.get(name)
      if (existing !== undefined) return existing
      const breaker = new CircuitBreaker(options, clock, (state) => {
        // The client's own layers make every attempt, and copies keep the internal fields.
        ;(cause as InternalAttempt | undefined)?.events?.breakerChanged(state, name)
        onChange?.(state, name)
      })
      breakers.set(name, breaker)
      return breaker
    }
    const report = (attempt: Attempt, action: () => void): void => {
      cause = attempt
      action()
      // Not longer than that: the attempt has the body of its request.
      cause = undefined
    }
    return (attempt) => {
      const breaker = breakerOf(attempt)
      cause = attempt
      const admission = breaker.admit()
      cause = undefined
      if (!admission.isAdmitted) return Promise.reject(circuitOpen(attempt, admission.retryAfterMs))
      const { round } = admission
      return rejecting(next, attempt).then(
        (response) => {
          report(attempt, () => breaker.succeeded(round))
          return response
        },
        (error: unknown) => {
          report(attempt, () => {
            if (isUnhealthy(error)) breaker.failed(round)
            else if (isR2Error(error) && error.status !== undefined) breaker.succeeded(round)
            else breaker.ended(round)
          })
          throw error
        },
      )
    }
  })
}

/** No connection, no response in time, or a status from 500 on. A 429 limits the client, and is the response of a server in health. */
const isUnhealthy = (error: unknown): boolean =>
  isR2Error(error) &&
  error.retryable &&
  healthKinds.has(error.kind) &&
  (error.status === undefined || error.status >= 500)

const circuitOpen = ({ request: { origin } }: Attempt, leftMs: number): R2Error => {
  const retryAfterMs = Math.ceil(leftMs)
  const problem =
    retryAfterMs > 0
      ? `${origin} failed repeatedly: no request is sent to it for another ${retryAfterMs} ms`
      : `${origin} failed repeatedly: it is tried again with a few requests, and others are sent when these succeed`
  return new R2Error('CircuitOpen', problem, { retryAfterMs })
}
