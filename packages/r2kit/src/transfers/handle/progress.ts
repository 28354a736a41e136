/** How far a transfer is, and how fast. */
import type { Clock } from '../../base/clock.js'

export type TransferState = 'running' | 'paused' | 'verifying' | 'done' | 'failed'

/** A snapshot of a transfer's progress. */
export interface TransferProgress {
  /** Bytes that were moved; goes back when a part has to be sent again. */
  readonly bytes: number
  /** Undefined while the length of the source is not known. */
  readonly totalBytes: number | undefined
  /** Most bytes that a source of unknown length may have with the part size that was chosen. */
  readonly maxBytes: number | undefined
  /** Parts that are finished and verified. */
  readonly parts: number
  readonly totalParts: number | undefined
  /** Bytes that an earlier run had moved already, and this one found. */
  readonly resumedBytes: number
  /** Bytes per second over the last seconds. */
  readonly ratePerSecond: number
  readonly secondsLeft: number | undefined
  readonly state: TransferState
}

export type OnProgress = (progress: TransferProgress) => void

/** The rate is that of the last seconds, so that it follows the line and is no mean of a long history. */
const windowMs = 5000
const sampleMs = 250
/** Listeners are called this often at most while bytes flow; the end of a part and a change of state are always told. */
const noticeMs = 100

interface Sample {
  readonly atMs: number
  readonly bytes: number
}

/** Counts for the engine and tells the caller. */
export class ProgressMeter {
  readonly #clock: Clock
  readonly #notify: OnProgress | undefined
  #bytes = 0
  #totalBytes: number | undefined
  #maxBytes: number | undefined
  #parts = 0
  #totalParts: number | undefined
  #resumedBytes = 0
  #state: TransferState = 'running'
  #samples: Sample[]
  #noticedMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, notify?: OnProgress) {
    this.#clock = clock
    this.#notify = notify
    this.#samples = [{ atMs: clock.monotonicMs(), bytes: 0 }]
  }

  /** Says how much there is to do, as far as it is known. */
  plan(plan: {
    totalBytes?: number | undefined
    totalParts?: number | undefined
    maxBytes?: number | undefined
  }): void {
    this.#totalBytes = plan.totalBytes
    this.#totalParts = plan.totalParts
    this.#maxBytes = plan.maxBytes
    this.#tell()
  }

  /** Bytes that moved; negative ones for a part that has to move again. */
  moved(bytes: number): void {
    this.#bytes += bytes
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - (this.#samples.at(-1)?.atMs ?? 0) >= sampleMs) {
      this.#samples.push({ atMs: nowMs, bytes: this.#bytes })
      while ((this.#samples[1]?.atMs ?? nowMs) < nowMs - windowMs) this.#samples.shift()
    }
    if (nowMs - this.#noticedMs >= noticeMs) this.#tell()
  }

  /** A part that is finished and verified. */
  partDone(): void {
    this.#parts++
    this.#tell()
  }

  /** A part that an earlier run had finished; it counts, but not for the rate. */
  partResumed(bytes: number): void {
    this.#parts++
    this.#resumedBytes += bytes
    this.#bytes += bytes
    this.#samples = this.#samples.map((sample) => ({ atMs: sample.atMs, bytes: sample.bytes + bytes }))
    this.#tell()
  }

  set state(state: TransferState) {
    if (state === this.#state) return
    this.#state = state
    // A pause is no slow link.
    if (state === 'running') this.#samples = [{ atMs: this.#clock.monotonicMs(), bytes: this.#bytes }]
    this.#tell()
  }

  get state(): TransferState {
    return this.#state
  }

  get snapshot(): TransferProgress {
    const ratePerSecond = this.#rate()
    const left = this.#totalBytes === undefined ? undefined : this.#totalBytes - this.#bytes
    return {
      bytes: this.#bytes,
      totalBytes: this.#totalBytes,
      maxBytes: this.#maxBytes,
      parts: this.#parts,
      totalParts: this.#totalParts,
      resumedBytes: this.#resumedBytes,
      ratePerSecond,
      secondsLeft:
        left === undefined || (left > 0 && ratePerSecond === 0) ? undefined : Math.max(0, left) / (ratePerSecond || 1),
      state: this.#state,
    }
  }

  #rate(): number {
    const oldest = this.#samples[0]
    if (oldest === undefined) return 0
    const elapsedMs = this.#clock.monotonicMs() - oldest.atMs
    return elapsedMs > 0 ? Math.max(0, ((this.#bytes - oldest.bytes) / elapsedMs) * 1000) : 0
  }

  #tell(): void {
    this.#noticedMs = this.#clock.monotonicMs()
    this.#notify?.(this.snapshot)
  }
}
