/** A process of a simulated run: a client, and timers that end with it. */
import type { Clock, Timer } from '../base/clock.js'
import type { HttpRequest, Transport } from '../http/index.js'
import type { VirtualClock } from './virtual-clock.js'

/** A clock and a transport that stop when the process is killed. What it had sent may still reach the server. */
export class ProcessResources {
  readonly clock: Clock
  readonly transport: Transport
  /** Resolves when the process is killed. */
  readonly killed: Promise<void>
  readonly #timers = new Set<Timer>()
  #isKilled = false
  #requestsLeft: number
  #onKill: () => void = () => undefined

  /** @param requests the process is killed when it would send one more request than this */
  constructor(clock: VirtualClock, transport: Transport, requests = Number.POSITIVE_INFINITY) {
    this.#requestsLeft = requests
    this.killed = new Promise((resolve) => {
      this.#onKill = resolve
    })
    this.clock = {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      after: (delayMs, action) => this.#after(clock, delayMs, action),
    }
    this.transport = {
      name: transport.name,
      cannotSend: (path) => transport.cannotSend?.(path),
      send: (request) => this.#send(transport, request),
      close: async () => undefined,
    }
  }

  get isKilled(): boolean {
    return this.#isKilled
  }

  kill(): void {
    this.#isKilled = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
    this.#onKill()
  }

  #after(clock: VirtualClock, delayMs: number, action: () => void): Timer {
    if (this.#isKilled) return { cancel: () => undefined }
    const timer = clock.after(delayMs, () => {
      this.#timers.delete(timer)
      action()
    })
    this.#timers.add(timer)
    return {
      cancel: () => {
        this.#timers.delete(timer)
        timer.cancel()
      },
    }
  }

  async #send(transport: Transport, request: HttpRequest): ReturnType<Transport['send']> {
    if (this.#requestsLeft-- <= 0) this.kill()
    if (this.#isKilled) return never()
    try {
      const response = await transport.send(request)
      return this.#isKilled ? never() : response
    } catch (error) {
      if (this.#isKilled) return never()
      throw error
    }
  }
}

const never = <T>(): Promise<T> => new Promise(() => undefined)
