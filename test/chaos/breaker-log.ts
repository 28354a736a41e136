/** Records the requests that a circuit breaker lets through, refuses and sees the outcomes of, and checks them by its table. */
import { type AttemptLayer, type Clock, isR2Error } from 'r2kit'
import { type CircuitState, circuitBreaker } from 'r2kit/resilience'

/** An event at a breaker, in the order in which events happened. */
export type BreakerEvent =
  | { readonly type: 'sent'; readonly request: number; readonly atMs: number }
  | { readonly type: 'ended'; readonly request: number; readonly atMs: number; readonly health: Health }
  | { readonly type: 'refused'; readonly retryAfterMs: number; readonly atMs: number }
  | { readonly type: 'changed'; readonly state: CircuitState; readonly atMs: number }

/** The meaning of an outcome for the health of the server. */
type Health = 'good' | 'bad' | 'unknown'

export interface BreakerLimits {
  readonly failures: number
  readonly openMs: number
  readonly successes: number
}

export class BreakerLog {
  readonly events: BreakerEvent[] = []

  constructor(readonly limits: BreakerLimits) {}
}

/** A circuit breaker whose requests and changes of state are recorded. `add` receives the log of each client. */
export const recordedBreaker =
  (limits: BreakerLimits, add: (log: BreakerLog) => void): AttemptLayer =>
  (next) => {
    const log = new BreakerLog(limits)
    const { events } = log
    add(log)
    let clock: Clock | undefined
    const now = () => clock?.monotonicMs() ?? 0
    let requests = 0
    const breaker = circuitBreaker({
      ...limits,
      onChange: (state) => events.push({ type: 'changed', state, atMs: now() }),
    })
    const handle = breaker((attempt) => {
      const request = ++requests
      events.push({ type: 'sent', request, atMs: now() })
      const response = next(attempt)
      const note = (health: Health) => events.push({ type: 'ended', request, health, atMs: now() })
      // Registered before the breaker's own reaction, so that the order of events is that of the breaker.
      response.then(
        () => note('good'),
        (error: unknown) => note(healthOf(error)),
      )
      return response
    })
    return (attempt) => {
      clock = attempt.clock
      const sentBefore = requests
      const response = handle(attempt)
      // The breaker decides before its function returns. Its refusal is recorded now, because other events may precede the error.
      if (requests === sentBefore) {
        const refusal = { type: 'refused' as const, retryAfterMs: Number.NaN, atMs: now() }
        events.push(refusal)
        response.catch((error: unknown) => {
          refusal.retryAfterMs = isR2Error(error, 'CircuitOpen') ? (error.retryAfterMs ?? Number.NaN) : Number.NaN
        })
      }
      return response
    }
  }

/** Codes of attempts that got no response. */
const withoutResponse: readonly string[] = ['ConnectionFailed', 'ConnectionReset', 'StreamInterrupted', 'Timeout']

const healthOf = (error: unknown): Health => {
  if (!isR2Error(error)) return 'unknown'
  // 501 refuses a checksum that the server does not know: the response of a server in health.
  if (error.status !== undefined) return error.status >= 500 && error.status !== 501 ? 'bad' : 'good'
  return withoutResponse.includes(error.code) ? 'bad' : 'unknown'
}

/** Replays the events against requirement 3.5, and yields each event that contradicts it. */
export function* problemsOfBreaker({ limits, events }: BreakerLog): Generator<string> {
  const { failures, openMs, successes } = limits
  let state = 'closed' as CircuitState
  let inARow = 0
  let openedMs = 0
  let round = 0
  /** Requests without an outcome → the round in which they were sent. */
  const inFlight = new Map<number, number>()
  /** The state that the breaker must report next. */
  let due = undefined as CircuitState | undefined
  const change = (to: CircuitState, atMs: number) => {
    state = to
    due = to
    inARow = 0
    round++
    if (to === 'open') openedMs = atMs
  }
  const trials = () => [...inFlight.values()].filter((sentIn) => sentIn === round).length
  for (const [index, event] of events.entries()) {
    const { atMs } = event
    const isOver = state === 'open' && atMs >= openedMs + openMs
    if (isOver && event.type !== 'ended' && due === undefined) change('half-open', atMs)
    if (event.type === 'changed') {
      if (event.state !== due) yield `changed to ${event.state} at ${atMs}, when ${due ?? 'no change'} was due`
      due = undefined
      continue
    }
    if (due !== undefined && event.type === 'sent') yield `did not report ${due} before the request at ${atMs}`
    switch (event.type) {
      case 'sent':
        if (state === 'open') yield `let a request through at ${atMs}, but was open until ${openedMs + openMs}`
        if (state === 'half-open' && trials() >= successes - inARow) {
          yield `let a trial through at ${atMs} while ${trials()} trials were in flight and ${successes - inARow} were needed`
        }
        inFlight.set(event.request, round)
        break
      case 'refused': {
        if (state === 'closed') yield `refused a request at ${atMs}, but was closed`
        if (state === 'half-open' && trials() < successes - inARow) yield `refused a trial at ${atMs} that was needed`
        const leftMs = state === 'open' ? openedMs + openMs - atMs : 0
        if (event.retryAfterMs !== Math.ceil(leftMs)) {
          yield `named ${event.retryAfterMs} ms until the next trial at ${atMs}, which are ${leftMs}`
        }
        break
      }
      case 'ended': {
        const isCurrent = inFlight.get(event.request) === round
        inFlight.delete(event.request)
        if (!isCurrent || event.health === 'unknown' || state === 'open') break
        if (event.health === 'good') {
          if (state === 'closed') inARow = 0
          else if (++inARow >= successes) change('closed', atMs)
        } else if (state === 'half-open' || ++inARow >= failures) change('open', atMs)
        break
      }
    }
    if (due !== undefined && index === events.length - 1) yield `did not report ${due}`
  }
}
