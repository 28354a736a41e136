/** Writes the bytes of one range to a store: gathered into few large writes, while the connection waits. */
import { updateCrc32 } from '#checksums'
import type { DeferredVerifier } from '../deferred-verifier.js'
import type { RangeStore } from '../job.js'

export class RangeWriter {
  readonly #store: RangeStore
  readonly #verifier: DeferredVerifier
  /** Position of the first byte that is not in the store. */
  #position: number
  readonly #buffer: Uint8Array
  #filled = 0
  #writing: Promise<void> | undefined
  #crc32: number | undefined

  /**
   * @param position of the range, from the start of the wanted bytes
   * @param buffer for gathered bytes; empty for a store that copies each chunk
   * @param withCrc32 whether a CRC-32 of the range is needed
   */
  constructor(store: RangeStore, verifier: DeferredVerifier, position: number, buffer: Uint8Array, withCrc32: boolean) {
    this.#store = store
    this.#verifier = verifier
    this.#position = position
    this.#buffer = buffer
    this.#crc32 = withCrc32 ? 0 : undefined
  }

  /** CRC-32 of all bytes so far, where it is needed. */
  get crc32(): number | undefined {
    return this.#crc32
  }

  /** Takes a chunk, whose memory is reused when this returns or its promise resolves. A promise only where the store is busy. */
  push = (chunk: Uint8Array): Promise<void> | undefined => {
    if (this.#crc32 !== undefined) this.#crc32 = updateCrc32(this.#crc32, chunk)
    if (this.#buffer.byteLength === 0) return this.#write(chunk)
    const free = this.#buffer.byteLength - this.#filled
    this.#gather(chunk.subarray(0, free))
    if (chunk.byteLength < free) return undefined
    this.#writing = this.#flushAndGather(new Uint8Array(chunk.subarray(free)))
    return this.#writing
  }

  /** Resolves when all bytes are in the store. To be called after the last `push`. */
  async end(): Promise<void> {
    await this.#writing
    await this.#flush()
  }

  #gather(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#filled)
    this.#filled += bytes.byteLength
  }

  /** @param rest longer than the buffer only where a transport delivers very large chunks */
  async #flushAndGather(rest: Uint8Array): Promise<void> {
    await this.#flush()
    const size = this.#buffer.byteLength
    let at = 0
    for (; at + size <= rest.byteLength; at += size) await this.#write(rest.subarray(at, at + size))
    this.#gather(rest.subarray(at))
  }

  async #flush(): Promise<void> {
    const gathered = this.#buffer.subarray(0, this.#filled)
    if (gathered.byteLength > 0) await this.#write(gathered)
    // Only now: after a failed write, no further bytes may be gathered in place of these.
    this.#filled = 0
  }

  #write(bytes: Uint8Array): Promise<void> | undefined {
    const written = this.#store.write(this.#position, bytes)
    if (written !== undefined) return written.then(() => this.#accept(bytes))
    this.#accept(bytes)
    return undefined
  }

  /** Verifies bytes when they are in the store, where they can be read back, and still in the CPU's caches. */
  #accept(bytes: Uint8Array): void {
    this.#verifier.accept(this.#position, bytes)
    this.#position += bytes.byteLength
  }
}
