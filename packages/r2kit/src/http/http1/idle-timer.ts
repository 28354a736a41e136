/** How long a connection may be idle. */
import { setTimeout } from '../native-timers.js'

/** A server that announces its own limit closes a little earlier than a client that counts from the response. */
const marginMs = 1000

/** The server's limit by its `keep-alive: timeout=5` (in seconds), in milliseconds; Infinity for none. */
export const idleTimeoutOf = (keepAlive: string | undefined): number => {
  const seconds = keepAlive === undefined ? undefined : /(?:^|[,\s])timeout=(\d{1,9})/i.exec(keepAlive)?.[1]
  return seconds === undefined ? Number.POSITIVE_INFINITY : Math.max(0, Number(seconds) * 1000 - marginMs)
}

/**
 * Calls back when a connection has been idle for its limit. A busy connection becomes idle a thousand times per second, so there
 * is one timer per limit, not one per request.
 */
export class IdleTimer {
  readonly #timeoutMs: number
  readonly #expired: () => void
  #limitMs: number
  #isIdle = false
  #untilMs = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param expired called when the connection is idle for too long */
  constructor(timeoutMs: number, expired: () => void) {
    this.#timeoutMs = timeoutMs
    this.#limitMs = timeoutMs
    this.#expired = expired
  }

  /** Whether the connection has been idle for too long, where the timer has not fired yet. */
  get isOver(): boolean {
    return this.#isIdle && performance.now() >= this.#untilMs
  }

  /** Sets the server's limit. The smaller one holds. */
  limit(serverMs: number): void {
    this.#limitMs = Math.min(this.#timeoutMs, serverMs)
  }

  start(): void {
    this.#isIdle = true
    this.#untilMs = performance.now() + this.#limitMs
    if (this.#timer === undefined) this.#set(this.#limitMs)
  }

  /** The connection is busy or closed. A timer that is set finds nothing to do. */
  stop(): void {
    this.#isIdle = false
  }

  #set(delayMs: number): void {
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        if (!this.#isIdle) return
        const leftMs = this.#untilMs - performance.now()
        if (leftMs > 0) this.#set(leftMs)
        else this.#expired()
      },
      Math.min(delayMs, 2 ** 31 - 1),
    )
    this.#timer.unref()
  }
}
