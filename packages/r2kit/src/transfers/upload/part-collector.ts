/** Fills buffers of the budget with the parts of a source that is read once. */
import { R2Error } from '../../errors/index.js'
import type { UploadJob } from './job.js'
import type { PartReader } from './part-reader.js'
import { bytesSource, type SlicedSource } from './source.js'

/** One part in memory, and its place in the budget. */
export interface FilledPart {
  readonly source: SlicedSource
  readonly isLast: boolean
  /** `reuse` once nobody reads the buffer any more: the part has arrived. */
  release(options?: { readonly reuse: boolean }): void
}

export class PartCollector {
  readonly partSizeBytes: number
  readonly #job: UploadJob
  readonly #reader: PartReader
  readonly #declaredBytes: number | undefined
  #readBytes = 0

  /** @param declaredBytes length of the source, where it is known */
  constructor(job: UploadJob, reader: PartReader, partSizeBytes: number, declaredBytes: number | undefined) {
    this.#job = job
    this.#reader = reader
    this.partSizeBytes = partSizeBytes
    this.#declaredBytes = declaredBytes
  }

  /** Waits for its turn and for a place in the budget, and only then reads. */
  async next(): Promise<FilledPart> {
    const { context, control } = this.#job
    await control.whenRunning()
    const { bytes, release } = await context.budget.reserveBuffer(this.#sizeOfNext(), control.signal)
    try {
      const { length, isLast } = await this.#reader.fill(bytes)
      this.#readBytes += length
      this.#checkLength(isLast)
      return { source: bytesSource(bytes.subarray(0, length)), isLast, release }
    } catch (error) {
      release()
      throw error
    }
  }

  /** The last part of a known length is as large as it will be; an empty source still needs a byte to be found longer. */
  #sizeOfNext(): number {
    if (this.#declaredBytes === undefined) return this.partSizeBytes
    return Math.max(1, Math.min(this.partSizeBytes, this.#declaredBytes - this.#readBytes))
  }

  #checkLength(isLast: boolean): void {
    const declared = this.#declaredBytes
    if (declared === undefined) return
    const isLonger = this.#readBytes > declared || (!isLast && this.#readBytes === declared)
    if (!isLonger && (!isLast || this.#readBytes === declared)) return
    throw new R2Error(
      'InvalidInput',
      `the source has ${isLonger ? 'more than' : `only ${this.#readBytes} of`} its ${declared} declared bytes`,
      { field: 'contentLength', hint: 'Pass the exact length, or none.' },
    )
  }
}
