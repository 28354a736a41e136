/**
 * How many requests the transfers of one client have under way at once. Two loops: up while more of them move more bytes
 * per second, and down at once when the server or the way to it says it is too much. Pure logic on a clock that is given.
 */
import { onAbort } from '../base/abort.js'
import type { Clock } from '../base/clock.js'
import { abortError } from '../errors/index.js'
import { Goodput, goodputMemoryMs } from './goodput.js'

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
/** The first step is taken after this long: what it is judged by need not be exact. */
const firstLookMs = 600
/** The end of that first look, when its connections have come up to speed. */
const startedMs = 400
/** Of what has become less: what came before would make a gain look small. */
const recentMs = 600
/**
 * What is plain is acted upon early, what is not after all that is remembered: over a line of 200 Mbit/s that is full, the
 * socket buffers of eight uploads make one second differ from the next by a fifth, and two by a tenth.
 */
const earlyMs = { gain: 1000, loss: 1400 }
const lateMs = goodputMemoryMs
/**
 * A step up that brings this much is followed by the next. One that brings less is not taken back while the line is new: a
 * connection too many costs next to nothing, and on a line with losses one too few costs its whole share.
 */
const worthwhileGain = { early: 1.5, late: 1.25 }
/**
 * Connections are fast until their first loss, so a step may seem to bring nothing while they fill the line with what will
 * not last. When no more than this is left of what came, the wait for the next step is over.
 */
const notableLoss = { early: 0.55, late: 0.7 }
/**
 * After a step that brought nothing: how long before the next is tried; twice as long each time. A trial that is taken back
 * costs half a second of a full line, as those that stay are slow to take over: this makes it less than a hundredth.
 */
const holdMs = 60_000
/** After a cut: how long until it is tried whether what was too much still is. */
const recoverMs = 8000
const cutFactor = 0.7
/** Cuts within one round trip answer the same overload; nothing shorter is taken for a round trip. */
const cutIntervalMs = 250

/** From where a step up was taken. */
interface Step {
  readonly bytesPerMs: number
  readonly limit: number
  /** Whether there was no reason for it but the time. */
  readonly isTrial: boolean
}

export class AdaptiveLimit {
  readonly max: number
  readonly #initial: number
  readonly #clock: Clock
  #limit: number
  #inUse = 0
  #transfers = 0
  readonly #waiting = new Set<() => void>()

  #goodput: Goodput
  /** The last step up, while it is being judged. */
  #step: Step | undefined
  /** What the line gives, as far as it is known. */
  #knownBytesPerMs = 0
  #quietUntilMs = 0
  #holdMs = holdMs
  #cutAtMs = Number.NEGATIVE_INFINITY

  constructor({ initial, max, clock }: AdaptiveLimitOptions) {
    this.#initial = Math.min(initial, max)
    this.max = max
    this.#clock = clock
    this.#limit = this.#initial
    this.#goodput = new Goodput(clock, settleMs)
  }

  /** How many permits there are at present. */
  get limit(): number {
    return Math.floor(this.#limit)
  }

  get inUse(): number {
    return this.#inUse
  }

  /** Whether there is a permit that nobody has or waits for. */
  get isFree(): boolean {
    return this.#waiting.size === 0 && this.#inUse < this.limit
  }

  /** Counts a transfer in, which makes room for `initial` requests of it; the function that is returned counts it out. */
  enter(): () => void {
    this.#transfers++
    // An idle time says nothing of the line.
    if (this.#transfers === 1) this.#change(this.#limit)
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
    if (this.isFree) return Promise.resolve(this.#permit())
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
      if (this.#goodput.count(bytes)) this.#look()
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

  #look(): void {
    // A limit that is not reached says nothing, nor does one to which those that are under way have yet to come down.
    if (this.#waiting.size === 0 || this.#inUse > this.limit) this.#goodput = new Goodput(this.#clock, 0)
    else if (this.#step !== undefined) this.#judge(this.#step)
    else if (this.limit < this.max) this.#consider()
  }

  #judge({ bytesPerMs, limit, isTrial }: Step): void {
    const isLate = this.#goodput.elapsedMs >= lateMs
    const now = this.#goodput.over(lateMs)
    if (this.#hasGained(now, bytesPerMs)) {
      this.#holdMs = holdMs
      this.#knownBytesPerMs = now
      if (this.limit < this.max) this.#climb(now, false)
      else this.#step = undefined
    } else if (!isTrial && this.limit < this.max && this.#isPlainlyLess(bytesPerMs)) {
      this.#climb(this.#goodput.over(recentMs), false)
    } else if (isLate) {
      this.#step = undefined
      this.#knownBytesPerMs = isTrial ? bytesPerMs : now
      this.#quietUntilMs = this.#clock.monotonicMs() + this.#holdMs
      this.#holdMs *= 2
      if (isTrial) this.#change(limit)
    }
  }

  #consider(): void {
    const { elapsedMs } = this.#goodput
    const isKnown = this.#knownBytesPerMs > 0
    if (isKnown && this.#isLess(this.#knownBytesPerMs)) this.#climb(this.#goodput.over(recentMs), false)
    else if (this.#clock.monotonicMs() >= this.#quietUntilMs && elapsedMs >= (isKnown ? lateMs : firstLookMs)) {
      const over = (lastMs: number) => this.#goodput.over(lastMs)
      // The first connections may still have been starting when the measurement began.
      this.#climb(isKnown ? over(lateMs) : Math.max(over(lateMs), over(startedMs)), isKnown)
    }
  }

  #hasGained(now: number, before: number): boolean {
    const { elapsedMs } = this.#goodput
    if (elapsedMs >= lateMs) return now >= before * worthwhileGain.late
    return elapsedMs >= earlyMs.gain && now >= before * worthwhileGain.early
  }

  #isLess(before: number): boolean {
    const isLate = this.#goodput.elapsedMs >= lateMs
    return (isLate && this.#goodput.over(lateMs) < before * notableLoss.late) || this.#isPlainlyLess(before)
  }

  #isPlainlyLess(before: number): boolean {
    return this.#goodput.elapsedMs >= earlyMs.loss && this.#goodput.over(earlyMs.loss) < before * notableLoss.early
  }

  #climb(bytesPerMs: number, isTrial: boolean): void {
    this.#step = { bytesPerMs, limit: this.#limit, isTrial }
    this.#change(Math.min(this.max, this.#limit * 2))
  }

  /** A request that started before the last cut ran into what that cut has already answered. */
  #cut(startedMs: number): void {
    const nowMs = this.#clock.monotonicMs()
    if (startedMs < this.#cutAtMs || nowMs < this.#cutAtMs + cutIntervalMs) return
    this.#cutAtMs = nowMs
    this.#step = undefined
    this.#knownBytesPerMs = 0
    this.#quietUntilMs = nowMs + recoverMs
    this.#change(Math.max(1, this.#limit * cutFactor))
  }

  /** Sets the limit and begins a new measurement. */
  #change(limit: number): void {
    this.#limit = limit
    this.#goodput = new Goodput(this.#clock, settleMs)
    this.#grantWaiting()
  }
}
