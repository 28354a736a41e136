/**
 * The control law of the concurrency limit: it climbs while goodput grows, and is cut on congestion.
 *
 * Goodput is measured in slices of 200 ms, and only while all permits are in use and more are wanted: at other times it does not
 * depend on the limit. Each change of the limit starts a new measurement, after a warm-up of `warmUpMs`.
 *
 * | State   | Meaning                        | Event                                           | Next state                         |
 * | ------- | ------------------------------ | ----------------------------------------------- | ---------------------------------- |
 * | probing | no goodput is known: at the    | measured for `firstLookMs`, and not before      | judging, limit × 2                 |
 * |         | start, and after a cut         | `recoverMs` have passed since a cut             |                                    |
 * | judging | the limit was doubled          | goodput × 1.5 after 1 s, × 1.25 after 2 s       | judging, limit × 2; steady at max  |
 * |         |                                | goodput below × 0.55 after 1.4 s, and no trial  | judging, limit × 2                 |
 * |         |                                | neither after 2 s                               | steady; a trial is taken back      |
 * | steady  | the last step brought too      | goodput below × 0.55 after 1.4 s, × 0.7 after 2 s | judging, limit × 2               |
 * |         | little                         | the hold has passed: 60 s, doubled each time    | judging a trial, limit × 2         |
 * | any     |                                | a 429, a 503 or a reset                         | probing, limit × 0.7, at least 1   |
 *
 * The factors apply to the goodput before the step (judging), or at the end of its judgement (steady). A gain resets the hold.
 *
 * Why fallen goodput raises the limit: a connection is fast until its first packet loss. While new connections fill the link, a
 * step seems to gain nothing; when they slow down, the next step pays off. On a lossy link, one connection too few costs its
 * whole share of the throughput, and one too many costs next to nothing. So a step without a gain is kept, unless it was a trial.
 */
import type { Clock } from '../base/clock.js'
import { Goodput, goodputMemoryMs } from './goodput.js'

/** After a change, sockets open and fill their buffers. Bytes of that time are no goodput. */
const warmUpMs = 400
/** The first step is taken after this time: the goodput before it need not be exact. */
const firstLookMs = 600
/** The end of that first look, when its connections are up to speed. */
const upToSpeedMs = 400
/** The averaging time for goodput that has fallen. A longer one would include the higher goodput before the fall. */
const recentMs = 600
/**
 * Clear results count early, others after the whole memory of the measurement. On a saturated 200 Mbit/s link, the socket buffers
 * of eight uploads make consecutive seconds differ by a fifth, and consecutive two-second windows by a tenth.
 */
const earlyMs = { gain: 1000, loss: 1400 }
const lateMs = goodputMemoryMs
/** A step with this gain is followed by the next. */
const gainFactor = { early: 1.5, late: 1.25 }
/** Goodput below this factor has fallen. */
const lossFactor = { early: 0.55, late: 0.7 }
/**
 * Time in the steady state before a trial; doubled after each. A trial that is taken back costs half a second of a full link,
 * because the remaining connections take over slowly: at one a minute that is less than a hundredth.
 */
const holdMs = 60_000
/** Time after a cut before the limit is raised again. */
const recoverMs = 8000
const cutFactor = 0.7
/** Cuts closer than this are responses to one overload. It stands for a round-trip time, which is not measured. */
const cutIntervalMs = 250

interface Judging {
  readonly name: 'judging'
  /** Bytes per millisecond before the step. */
  readonly before: number
  readonly limitBefore: number
  /** Whether only the time was a reason for the step. */
  readonly isTrial: boolean
}

type State =
  | { readonly name: 'probing'; readonly notBeforeMs: number }
  | Judging
  | { readonly name: 'steady'; readonly bytesPerMs: number; readonly notBeforeMs: number }

export interface ConcurrencyControllerOptions {
  readonly initial: number
  readonly max: number
  readonly clock: Clock
  /** Called after each change of the limit. */
  readonly onChange: () => void
}

/** Computes the limit from counted bytes and congestion. Pure logic on a given clock. */
export class ConcurrencyController {
  readonly #max: number
  readonly #clock: Clock
  readonly #onChange: () => void
  /** A fraction, so that cuts are exact. */
  #limit: number
  #state: State = { name: 'probing', notBeforeMs: 0 }
  #goodput: Goodput
  #holdMs = holdMs
  #cutAtMs = Number.NEGATIVE_INFINITY

  constructor({ initial, max, clock, onChange }: ConcurrencyControllerOptions) {
    this.#max = max
    this.#clock = clock
    this.#onChange = onChange
    this.#limit = initial
    this.#goodput = new Goodput(clock, warmUpMs)
  }

  get limit(): number {
    return Math.floor(this.#limit)
  }

  /** Starts a new measurement: idle time is no sign of a slow network. */
  restart(): void {
    this.#change(this.#limit)
  }

  /** Raises the limit to `limit` if it is lower. */
  raiseTo(limit: number): void {
    if (limit > this.#limit) this.#change(limit)
  }

  /**
   * Counts bytes that have moved, and acts on them when a slice is complete.
   *
   * @param isSaturated whether exactly the permits of the limit are in use, and more are wanted
   */
  count(bytes: number, isSaturated: () => boolean): void {
    if (!this.#goodput.count(bytes)) return
    if (!isSaturated()) this.#goodput = new Goodput(this.#clock, 0)
    else this.#advance(this.#state)
  }

  /**
   * Lowers the limit after a 429, a 503 or a reset.
   *
   * @param startedMs when the request began: one from before the last cut met the overload that the cut was for
   */
  cut(startedMs: number): void {
    const nowMs = this.#clock.monotonicMs()
    if (startedMs < this.#cutAtMs || nowMs < this.#cutAtMs + cutIntervalMs) return
    this.#cutAtMs = nowMs
    this.#state = { name: 'probing', notBeforeMs: nowMs + recoverMs }
    this.#change(Math.max(1, this.#limit * cutFactor))
  }

  #advance(state: State): void {
    if (state.name === 'judging') {
      this.#judge(state)
      return
    }
    if (!this.#canRaise) return
    const { elapsedMs } = this.#goodput
    const isAllowed = this.#clock.monotonicMs() >= state.notBeforeMs
    if (state.name === 'probing') {
      // The first connections may still have been starting when the measurement began.
      const before = Math.max(this.#goodput.over(lateMs), this.#goodput.over(upToSpeedMs))
      if (isAllowed && elapsedMs >= firstLookMs) this.#raise(before, false)
    } else if (this.#hasFallen(state.bytesPerMs)) {
      this.#raise(this.#goodput.over(recentMs), false)
    } else if (isAllowed && elapsedMs >= lateMs) {
      this.#raise(this.#goodput.over(lateMs), true)
    }
  }

  #judge({ before, limitBefore, isTrial }: Judging): void {
    const now = this.#goodput.over(lateMs)
    if (this.#hasGained(now, before)) {
      this.#holdMs = holdMs
      if (this.#canRaise) this.#raise(now, false)
      else this.#rest(now, 0)
    } else if (!isTrial && this.#canRaise && this.#hasClearlyFallen(before)) {
      this.#raise(this.#goodput.over(recentMs), false)
    } else if (this.#goodput.elapsedMs >= lateMs) {
      this.#rest(isTrial ? before : now, this.#clock.monotonicMs() + this.#holdMs)
      this.#holdMs *= 2
      if (isTrial) this.#change(limitBefore)
    }
  }

  get #canRaise(): boolean {
    return this.limit < this.#max
  }

  #hasGained(now: number, before: number): boolean {
    const { elapsedMs } = this.#goodput
    if (elapsedMs >= lateMs) return now >= before * gainFactor.late
    return elapsedMs >= earlyMs.gain && now >= before * gainFactor.early
  }

  #hasFallen(before: number): boolean {
    const isLate = this.#goodput.elapsedMs >= lateMs
    return (isLate && this.#goodput.over(lateMs) < before * lossFactor.late) || this.#hasClearlyFallen(before)
  }

  #hasClearlyFallen(before: number): boolean {
    return this.#goodput.elapsedMs >= earlyMs.loss && this.#goodput.over(earlyMs.loss) < before * lossFactor.early
  }

  /** Doubles the limit, to be judged by the goodput before. */
  #raise(before: number, isTrial: boolean): void {
    this.#state = { name: 'judging', before, limitBefore: this.#limit, isTrial }
    this.#change(Math.min(this.#max, this.#limit * 2))
  }

  /** Keeps the limit. Where nothing moved at all, nothing is known. */
  #rest(bytesPerMs: number, notBeforeMs: number): void {
    this.#state = bytesPerMs > 0 ? { name: 'steady', bytesPerMs, notBeforeMs } : { name: 'probing', notBeforeMs }
  }

  #change(limit: number): void {
    this.#limit = limit
    this.#goodput = new Goodput(this.#clock, warmUpMs)
    this.#onChange()
  }
}
