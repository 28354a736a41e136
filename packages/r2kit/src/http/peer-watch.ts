import type { Clock, Timer } from '../base/clock.js'
import { clientError, type R2Error } from '../errors/calls.js'
import type { HttpRequest } from './transport.js'

/** Longest single timer; a longer wait takes several. Platforms fire a timer of more than 24.8 days immediately. */
const dayMs = 86_400_000

/**
 * The time limits of one attempt, the same for all transports: `timeoutMs`, and `largeResponse` in its place. `StreamWatch` adds
 * those of streams.
 *
 *     head ── headArrived ──▶ body ── end ──▶ over
 *      └───────────────────── end ─────────────▲
 */
export class PeerWatch {
  /** The slow side while it is the caller: the reader of the response or the source of the request. */
  heldBy: 'reader' | 'source' | undefined
  /** The beginning of that, on the monotonic clock. */
  heldSinceMs = 0
  protected readonly request: HttpRequest
  protected readonly clock: Clock
  protected phase: 'head' | 'body' | 'over' = 'head'
  /** When the peer is late, on the monotonic clock: `allowedMs` after `#sinceMs`. */
  protected lateAtMs = Number.POSITIVE_INFINITY
  protected allowedMs = 0
  #sinceMs = 0
  protected readonly keepsAlive: boolean
  readonly #fail: (error: R2Error) => void
  #timer: Timer | undefined

  /**
   * @param fail called with the error when the peer is late
   * @param keepsAlive whether waiting for the peer keeps the process alive, for a platform whose sockets may not
   */
  constructor(request: HttpRequest, clock: Clock, fail: (error: R2Error) => void, keepsAlive = false) {
    this.request = request
    this.clock = clock
    this.#fail = fail
    this.keepsAlive = keepsAlive
  }

  /** The attempt begins. */
  begin(): void {
    this.expectPeerWithin(this.request.bounds.timeoutMs)
  }

  /** The head of the response has arrived. */
  headArrived(): void {
    this.phase = 'body'
  }

  /** The response is a success to be collected, and its head announces a length. */
  collecting(announcedBytes: number): void {
    const { largeResponse } = this.request.bounds
    if (largeResponse === undefined || announcedBytes < largeResponse.bytes) return
    this.allowedMs = largeResponse.timeoutMs
    this.lateAtMs = this.#sinceMs + this.allowedMs
    this.#setTimer(this.clock.monotonicMs())
  }

  /** The attempt has its outcome. */
  end(): void {
    this.phase = 'over'
    this.heldBy = undefined
    this.stopTimer()
  }

  protected expectPeerWithin(timeMs: number): void {
    if (this.phase === 'over') return
    this.#sinceMs = this.clock.monotonicMs()
    this.allowedMs = timeMs
    this.lateAtMs = this.#sinceMs + timeMs
    this.#setTimer(this.#sinceMs)
  }

  protected stopTimer(): void {
    this.#timer?.cancel()
  }

  /** When the attempt fails; Infinity while the caller is the slow side. */
  protected get dueAtMs(): number {
    return this.lateAtMs
  }

  protected lateness(): R2Error {
    const missing = this.phase === 'head' ? 'response' : 'whole response'
    return clientError('Timeout', `no ${missing} from ${this.request.origin} within ${this.allowedMs} ms`)
  }

  #setTimer(nowMs: number): void {
    this.startTimer(nowMs, Math.min(this.dueAtMs - nowMs, dayMs))
  }

  /** Calls `timerFired` after `delayMs` in place of any earlier timer. */
  protected startTimer(_nowMs: number, delayMs: number): void {
    this.stopTimer()
    this.#timer = this.clock.after(delayMs, () => this.timerFired(), this.keepsAlive)
  }

  /** A deadline may move away without a new timer: one that fires too early is set again. */
  timerFired(): void {
    const nowMs = this.clock.monotonicMs()
    if (nowMs < this.dueAtMs) this.#setTimer(nowMs)
    else this.#fail(this.lateness())
  }
}
