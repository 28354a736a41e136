/** Fills buffers of the memory budget with the parts of a source that is read once. */
import { R2Error } from '../../errors/index.js'
import type { Reservation } from '../memory-budget.js'
import type { UploadJob } from './job.js'
import type { PartReader } from './part-reader.js'
import { bytesSource, type SlicedSource } from './source.js'

/** One part in memory, with its reservation. */
export interface FilledPart {
  readonly source: SlicedSource
  readonly isLast: boolean
  /** Releases the reservation. `reuse` when nothing reads the buffer any more: the part is stored. */
  release(options?: { readonly reuse: boolean }): void
}

export interface PartCollectorOptions {
  readonly partSizeBytes: number
  /** Length of the source in bytes, where it is known. */
  readonly size: number | undefined
  /** Whether the source may pause for any length of time. */
  readonly isLive: boolean
}

export class PartCollector {
  readonly partSizeBytes: number
  readonly #job: UploadJob
  readonly #reader: PartReader
  readonly #declaredBytes: number | undefined
  readonly #isLive: boolean
  #readBytes = 0

  constructor(job: UploadJob, reader: PartReader, { partSizeBytes, size, isLive }: PartCollectorOptions) {
    this.#job = job
    this.#reader = reader
    this.partSizeBytes = partSizeBytes
    this.#declaredBytes = size
    this.#isLive = isLive
  }

  /**
   * Reserves a buffer and then fills it. The source is read only while the budget has free bytes, but holds none of them until
   * it has yielded its first bytes: stalled sources would otherwise take up the whole budget.
   */
  async next(): Promise<FilledPart> {
    await this.#job.control.whenRunning()
    if (!this.#reader.isReady) {
      ;(await this.#reserve()).release()
      await this.#reader.ready()
    }
    const reservation = await this.#reserve()
    const bytes = reservation.buffer()
    try {
      const { length, isLast } = await this.#reader.fill(bytes)
      this.#readBytes += length
      this.#checkLength(isLast)
      return { source: bytesSource(bytes.subarray(0, length)), isLast, release: reservation.release }
    } catch (error) {
      reservation.release()
      throw error
    }
  }

  /** A live source may hold its bytes for days, so they yield to all other reservations. */
  #reserve(): Promise<Reservation> {
    const { context, control } = this.#job
    const bytes = this.#sizeOfNext()
    return this.#isLive
      ? context.budget.reserveReadAhead(bytes, control.signal)
      : context.budget.reserve(bytes, control.signal)
  }

  /** The rest, where the length is known; at least one byte, which shows whether an empty source is longer than declared. */
  #sizeOfNext(): number {
    if (this.#declaredBytes === undefined) return this.partSizeBytes
    return Math.max(1, Math.min(this.partSizeBytes, this.#declaredBytes - this.#readBytes))
  }

  #checkLength(isLast: boolean): void {
    const declared = this.#declaredBytes
    if (declared === undefined) return
    const isLonger = this.#readBytes > declared || (!isLast && this.#readBytes === declared)
    if (!isLonger && (!isLast || this.#readBytes === declared)) return
    const actual = isLonger ? 'more bytes than' : `only ${this.#readBytes} of`
    throw new R2Error('SourceFailed', `the source has ${actual} the ${declared} that contentLength declares`, {
      field: 'contentLength',
      hint: 'Pass the exact length, or none.',
    })
  }
}
