/** A process of a simulated run: a client, and timers that end with it. */
import type { HttpRequest, Transport } from '../http/index.js'
import { OwnedTimers } from './owned-timers.js'
import type { VirtualClock } from './virtual-clock.js'

/** A clock and a transport that stop when the process is killed. What it had sent may still reach the server. */
export class ProcessResources {
  readonly clock: OwnedTimers
  readonly transport: Transport
  /** Resolves when the process is killed. */
  readonly killed: Promise<void>
  #isKilled = false
  #requestsLeft: number
  #onKill: () => void = () => undefined

  /** @param requests the process is killed when it would send one more request than this */
  constructor(clock: VirtualClock, transport: Transport, requests = Number.POSITIVE_INFINITY) {
    this.#requestsLeft = requests
    this.killed = new Promise((resolve) => {
      this.#onKill = resolve
    })
    this.clock = new OwnedTimers(clock)
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
    this.clock.stop()
    this.#onKill()
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
