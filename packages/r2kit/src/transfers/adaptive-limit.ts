/**
 * How many requests the transfers of one client have under way at once. Two loops: up while more of them move more bytes
 * per second, and down at once when the server or the way to it says it is too much. Pure logic on a clock that is given.
 */
import { onAbort } from '../base/abort.js'
import type { Clock } from '../base/clock.js'
import { abortError } from '../errors/index.js'

/** Leave to have one request under way. */
export interface Permit {
  /** Tells of bytes as they flow, so that the climb need not wait for whole parts. */
  moved(bytes: number): void
  /**
   * Gives the permit back; calling it again does nothing. `bytes` are all that were moved, those told before included;
   * `congested` when the request ended in a 429, a 503 or a reset.
   */
  done(outcome: { bytes: number; congested?: boolean }): void
}

export interface AdaptiveLimitOptions {
  /** Where the limit starts, for each transfer that runs. */
  readonly initial: number
  /** What it never exceeds. */
  readonly max: number
  readonly clock: Clock
}

/** After a change: sockets open and fill their buffers, which is no goodput. */
const settleMs = 400
/** Then this long is measured. */
const measureMs = 600
/**
 * A step up that brings this much is followed by the next. One that brings less is not taken back: a connection too many costs
 * next to nothing, and on a line with losses one too few costs its whole share.
 */
const worthwhileGain = 1.1
/** What comes has to be this much less than what came before to be a loss. */
const worthwhileLoss = 1.25
/** After a step that brought nothing: how long before the next is tried; twice as long each time. */
const holdMs = 8000
const cutFactor = 0.7
/** Cuts within one round trip answer the same overload; nothing shorter is taken for a round trip. */
const cutIntervalMs = 250

export class AdaptiveLimit {
  readonly max: number
  readonly #initial: number
  readonly #clock: Clock
  #limit: number
  #inUse = 0
  #transfers = 0
  readonly #waiting = new Set<() => void>()

  /** Goodput before the last step up, while that step is being judged. */
  #beforeStep: number | undefined
  #movedBytes = 0
  #measureFromMs: number
  #quietUntilMs = 0
  #holdMs = holdMs
  /** What the line has given around the last step that brought nothing. */
  #knownBytesPerMs = 0
  #cutAtMs = Number.NEGATIVE_INFINITY
  /** Whether somebody had to wait: a limit that is not reached says nothing. */
  #wasFull = false

  constructor({ initial, max, clock }: AdaptiveLimitOptions) {
    this.#initial = Math.min(initial, max)
    this.max = max
    this.#clock = clock
    this.#limit = this.#initial
    this.#measureFromMs = clock.monotonicMs() + settleMs
  }

  /** How many permits there are at present. */
  get limit(): number {
    return Math.floor(this.#limit)
  }

  get inUse(): number {
    return this.#inUse
  }

  /** Counts a transfer in, which makes room for `initial` requests of it; the function that is returned counts it out. */
  enter(): () => void {
    this.#transfers++
    const room = Math.min(this.max, this.#initial * this.#transfers)
    if (room > this.#limit) this.#change(room)
    let inside = true
    return () => {
      if (inside) this.#transfers--
      inside = false
    }
  }

  /**
   * Waits for a permit, first come, first served: transfers that ask for one at a time take turns.
   *
   * @throws R2Error `Aborted` (or the signal's own R2Error) when the signal aborts the wait
   */
  acquire(signal?: AbortSignal): Promise<Permit> {
    if (signal?.aborted) return Promise.reject(abortError(signal))
    if (this.#waiting.size === 0 && this.#inUse < this.limit) return Promise.resolve(this.#permit())
    this.#wasFull = true
    return new Promise((resolve, reject) => {
      const grant = () => {
        forget?.()
        resolve(this.#permit())
      }
      const forget =
        signal &&
        onAbort(signal, () => {
          this.#waiting.delete(grant)
          reject(abortError(signal))
        })
      this.#waiting.add(grant)
    })
  }

  #permit(): Permit {
    this.#inUse++
    const startedMs = this.#clock.monotonicMs()
    let told = 0
    let held = true
    const moved = (bytes: number) => {
      told += bytes
      this.#count(bytes)
    }
    return {
      moved,
      done: ({ bytes, congested = false }) => {
        if (!held) return
        held = false
        this.#inUse--
        if (congested) this.#cut(startedMs)
        else moved(Math.max(0, bytes - told))
        this.#grantWaiting()
      },
    }
  }

  #grantWaiting(): void {
    for (const grant of this.#waiting) {
      if (this.#inUse >= this.limit) return
      this.#waiting.delete(grant)
      grant()
    }
  }

  #count(bytes: number): void {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs < this.#measureFromMs) return
    this.#movedBytes += bytes
    const elapsedMs = nowMs - this.#measureFromMs
    if (elapsedMs < measureMs) return
    this.#decide(this.#movedBytes / elapsedMs, nowMs)
  }

  #decide(bytesPerMs: number, nowMs: number): void {
    const before = this.#beforeStep
    this.#beforeStep = undefined
    if (before !== undefined && bytesPerMs < before * worthwhileGain) {
      this.#quietUntilMs = nowMs + this.#holdMs
      this.#holdMs *= 2
      this.#knownBytesPerMs = Math.max(bytesPerMs, before)
    } else if (this.#wasFull && this.limit < this.max && this.#mayClimb(bytesPerMs, nowMs)) {
      if (before !== undefined) this.#holdMs = holdMs
      this.#beforeStep = bytesPerMs
      this.#change(Math.min(this.max, this.#limit * 2))
      return
    }
    this.#change(this.#limit)
  }

  /**
   * Connections are fast until their first loss, so a step may seem to bring nothing while they fill the line with what will
   * not last. When less comes later on, the wait for the next step is over.
   */
  #mayClimb(bytesPerMs: number, nowMs: number): boolean {
    return nowMs >= this.#quietUntilMs || bytesPerMs * worthwhileLoss < this.#knownBytesPerMs
  }

  /** A request that started before the last cut ran into what that cut has already answered. */
  #cut(startedMs: number): void {
    const nowMs = this.#clock.monotonicMs()
    if (startedMs < this.#cutAtMs || nowMs < this.#cutAtMs + cutIntervalMs) return
    this.#cutAtMs = nowMs
    this.#beforeStep = undefined
    this.#knownBytesPerMs = 0
    this.#quietUntilMs = nowMs + holdMs
    this.#change(Math.max(1, this.#limit * cutFactor))
  }

  /** Sets the limit and begins a new measurement. */
  #change(limit: number): void {
    const settled = limit === this.#limit
    this.#limit = limit
    this.#movedBytes = 0
    this.#wasFull = this.#waiting.size > 0
    this.#measureFromMs = this.#clock.monotonicMs() + (settled ? 0 : settleMs)
    this.#grantWaiting()
  }
}
