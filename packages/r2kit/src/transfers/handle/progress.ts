/** How far a transfer is, and how fast. */
import type { Clock } from '../../base/clock.js'

/**
 * The state of a transfer: `verifying` when all bytes have moved and the whole is compared or completed, `done` and `failed`
 * when it has ended.
 */
export type TransferState = 'running' | 'paused' | 'verifying' | 'done' | 'failed'

/** A snapshot of a transfer's progress. */
export interface TransferProgress {
  /** Bytes that have been transferred. Decreases when a part has to be sent again. */
  readonly bytes: number
  /**
   * Bytes of a file or Blob that have been read for the checksum that is sent before them. In a single PUT all of them are read
   * before `bytes` grows; parts are read one by one. Bytes that have to be read again are counted again.
   */
  readonly preparedBytes: number
  /** Bytes of the whole transfer; undefined for a source of unknown length. */
  readonly totalBytes: number | undefined
  /** Most bytes that a source of unknown length can have with the chosen part size; undefined for a known length. */
  readonly maxBytes: number | undefined
  /** Parts, ranges or files that are finished and verified. */
  readonly parts: number
  /** Parts of the whole transfer; undefined for a source of unknown length. May grow while a download starts. */
  readonly totalParts: number | undefined
  /** Bytes that were reused from an earlier run. Included in `bytes`. */
  readonly resumedBytes: number
  /** Bytes per second over the last five seconds. */
  readonly ratePerSecond: number
  /** Estimated time left in seconds at that rate; undefined while it cannot be estimated. */
  readonly secondsLeft: number | undefined
  /** The state of the transfer. */
  readonly state: TransferState
}

/** Receives snapshots of a transfer's progress. */
export type OnProgress = (progress: TransferProgress) => void

/** The rate covers this time: it follows the network, and is no mean over a long history. */
const windowMs = 5000
const sampleMs = 250
/** Shortest time between two notifications while bytes flow. Finished parts and changes of state are always reported. */
const noticeMs = 100

interface Sample {
  readonly atMs: number
  readonly bytes: number
}

/** Counts what the engine moves, and notifies the caller. */
export class ProgressMeter {
  readonly #clock: Clock
  readonly #onProgress: OnProgress | undefined
  #bytes = 0
  #preparedBytes = 0
  #totalBytes: number | undefined
  #maxBytes: number | undefined
  #parts = 0
  #totalParts: number | undefined
  #resumedBytes = 0
  #state: TransferState = 'running'
  #samples: Sample[]
  #noticedMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, onProgress?: OnProgress) {
    this.#clock = clock
    this.#onProgress = onProgress
    this.#samples = [{ atMs: clock.monotonicMs(), bytes: 0 }]
  }

  /** Sets the size of the whole transfer, as far as it is known. */
  plan(plan: {
    totalBytes?: number | undefined
    totalParts?: number | undefined
    maxBytes?: number | undefined
  }): void {
    this.#totalBytes = plan.totalBytes
    this.#totalParts = plan.totalParts
    this.#maxBytes = plan.maxBytes
    this.#notify()
  }

  /** Counts bytes that were read for their checksum. */
  prepared(bytes: number): void {
    this.#preparedBytes += bytes
    if (this.#clock.monotonicMs() - this.#noticedMs >= noticeMs) this.#notify()
  }

  /** Counts bytes that were transferred. Negative for a part that has to be sent again. */
  moved(bytes: number): void {
    this.#bytes += bytes
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - (this.#samples.at(-1)?.atMs ?? 0) >= sampleMs) {
      this.#samples.push({ atMs: nowMs, bytes: this.#bytes })
      while ((this.#samples[1]?.atMs ?? nowMs) < nowMs - windowMs) this.#samples.shift()
    }
    if (nowMs - this.#noticedMs >= noticeMs) this.#notify()
  }

  /** Counts a part that is finished and verified. */
  partDone(): void {
    this.#parts++
    this.#notify()
  }

  /** Counts a part of an earlier run. It does not affect the rate. */
  partResumed(bytes: number): void {
    this.#parts++
    this.#resumedBytes += bytes
    this.#bytes += bytes
    this.#samples = this.#samples.map((sample) => ({ atMs: sample.atMs, bytes: sample.bytes + bytes }))
    this.#notify()
  }

  set state(state: TransferState) {
    if (state === this.#state) return
    this.#state = state
    // The time of a pause would make the rate look low.
    if (state === 'running') this.#samples = [{ atMs: this.#clock.monotonicMs(), bytes: this.#bytes }]
    this.#notify()
  }

  get state(): TransferState {
    return this.#state
  }

  get snapshot(): TransferProgress {
    const ratePerSecond = this.#rate()
    const left = this.#totalBytes === undefined ? undefined : this.#totalBytes - this.#bytes
    return {
      bytes: this.#bytes,
      preparedBytes: this.#preparedBytes,
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

  #notify(): void {
    this.#noticedMs = this.#clock.monotonicMs()
    this.#onProgress?.(this.snapshot)
  }
}
