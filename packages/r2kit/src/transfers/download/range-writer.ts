/** The bytes of one range on their way into a store: gathered so that writes are few, one under way while the next is gathered. */
import { updateCrc32 } from '#checksums'
import type { RangeStore } from './job.js'
import type { WholeCheck } from './whole-check.js'

const batchBytes = 512 * 1024

/** What a range holds at most: a batch being written, one being gathered, and what the transport reads ahead (256 KiB). */
export const rangeWriterBytes = 2 * batchBytes + 256 * 1024

export class RangeWriter {
  readonly #store: RangeStore
  readonly #check: WholeCheck | undefined
  #position: number
  #batch: Uint8Array[] = []
  #batchBytes = 0
  #writing: Promise<void> | undefined
  #crc32: number | undefined

  /** @param position from the start of what is wanted. @param isNoted whether a CRC-32 of the range is needed */
  constructor(store: RangeStore, check: WholeCheck | undefined, position: number, isNoted: boolean) {
    this.#store = store
    this.#check = check
    this.#position = position
    this.#crc32 = isNoted ? 0 : undefined
  }

  /** CRC-32 of all bytes so far, where one was asked for. */
  get crc32(): number | undefined {
    return this.#crc32
  }

  /** Returns a promise only where the store has to be waited for. */
  push = (chunk: Uint8Array): Promise<void> | undefined => {
    this.#batch.push(chunk)
    this.#batchBytes += chunk.byteLength
    if (this.#crc32 !== undefined) this.#crc32 = updateCrc32(this.#crc32, chunk)
    return this.#batchBytes < batchBytes ? undefined : this.#flush()
  }

  /** Resolves when everything is in the store. */
  async end(): Promise<void> {
    await this.#flush()
    await this.#writing
  }

  async #flush(): Promise<void> {
    const chunks = this.#batch
    const position = this.#position
    this.#position += this.#batchBytes
    this.#batch = []
    this.#batchBytes = 0
    await this.#writing
    if (chunks.length === 0) return
    const writing = this.#write(position, chunks)
    // Its failure is seen by whoever waits for it next, or at the end.
    writing.catch(() => undefined)
    this.#writing = writing
  }

  async #write(position: number, chunks: readonly Uint8Array[]): Promise<void> {
    await this.#store.write(position, chunks)
    // Still warm, and from now on readable.
    this.#check?.accept(position, chunks)
  }
}
