import type { Clock } from '../base/clock.js'
import type { EventFact, R2Event } from './events.js'

/**
 * Receives the events of a client, synchronously: a slow listener delays the call. An error that it throws, or a
 * rejected promise that it returns, never affects a call; the first failure of each listener is reported by `console.warn`.
 *
 * @example
 * const listener: R2EventListener = (event) => {
 *   if (event.type === 'call.ended') console.log(event.operation, event.outcome, event.durationMs)
 * }
 * const r2 = new R2Client({ accountId, credentials, onEvent: listener })
 */
export interface R2EventListener {
  (event: R2Event): unknown
  /** Whether the listener receives `request.described` events, whose descriptions cost time. @defaultValue false */
  readonly describesRequests?: boolean | undefined
}

/** Of all clients in the process, so that one listener can serve several. */
let lastId = 0

/** A number that no other client, call or transfer of this process has. */
export const nextEventId = (): number => ++lastId

/** Delivers the events of one client to its listeners. Absent where there are none. */
export class EventStream {
  /** Identifies the client in this process. */
  readonly id: number = nextEventId()
  /** Whether a listener asks for `request.described`. */
  readonly describesRequests: boolean
  readonly clock: Clock
  readonly #listeners: readonly R2EventListener[]
  readonly #failed = new Set<R2EventListener>()
  readonly #emitted = new Set<string>()
  /** Events that listeners have caused, while an event is delivered. */
  #waiting: R2Event[] | undefined

  constructor(listeners: readonly R2EventListener[], clock: Clock) {
    this.#listeners = listeners
    this.clock = clock
    this.describesRequests = listeners.some((listener) => listener.describesRequests === true)
  }

  /** Delivers an event. Never throws. */
  emit(fact: EventFact): void {
    const event: R2Event = { ...fact, atMs: this.clock.now() }
    if (this.#waiting !== undefined) {
      this.#waiting.push(event)
      return
    }
    const waiting: R2Event[] = [event]
    this.#waiting = waiting
    for (const next of waiting) {
      for (const listener of this.#listeners) {
        if (next.type !== 'request.described' || listener.describesRequests === true) this.#deliver(listener, next)
      }
    }
    this.#waiting = undefined
  }

  /** Delivers an event the first time for its key. Never throws. */
  emitOnce(key: string, fact: EventFact): void {
    if (this.#emitted.has(key)) return
    this.#emitted.add(key)
    this.emit(fact)
  }

  #deliver(listener: R2EventListener, event: R2Event): void {
    try {
      const result = listener(event)
      // Of any realm: an async listener rejects where another one throws.
      if (typeof result === 'object' && result !== null && 'then' in result)
        Promise.resolve(result).then(undefined, (error: unknown) => this.#report(listener, event, error))
    } catch (error) {
      this.#report(listener, event, error)
    }
  }

  #report(listener: R2EventListener, { type }: R2Event, error: unknown): void {
    if (this.#failed.has(listener)) return
    this.#failed.add(listener)
    console.warn(
      `r2kit: a listener of onEvent failed on ${type}. Calls continue; its later failures are not reported.`,
      error,
    )
  }
}
