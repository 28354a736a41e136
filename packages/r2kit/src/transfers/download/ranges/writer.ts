/** The bytes of one range on their way into a store: gathered so that writes are few, while the socket waits. */
import { updateCrc32 } from '#checksums'
import type { DeferredVerifier } from '../deferred-verifier.js'
import type { RangeStore } from '../job.js'

export class RangeWriter {
  readonly #store: RangeStore
  readonly #check: DeferredVerifier
  /** Of the first byte that is not in the store. */
  #position: number
  readonly #buffer: Uint8Array
  #filled = 0
  #writing: Promise<void> | undefined
  #crc32: number | undefined

  /**
   * @param position from the start of what is wanted
   * @param buffer for what is gathered; of no bytes for a store that takes what is lent
   * @param isNoted whether a CRC-32 of the range is needed
   */
  constructor(store: RangeStore, check: DeferredVerifier, position: number, buffer: Uint8Array, isNoted: boolean) {
    this.#store = store
    this.#check = check
    this.#position = position
    this.#buffer = buffer
    this.#crc32 = isNoted ? 0 : undefined
  }

  /** CRC-32 of all bytes so far, where one was asked for. */
  get crc32(): number | undefined {
    return this.#crc32
  }

  /** Returns a promise only where the store has to be waited for. */
  push = (lent: Uint8Array): Promise<void> | undefined => {
    if (this.#crc32 !== undefined) this.#crc32 = updateCrc32(this.#crc32, lent)
    if (this.#buffer.byteLength === 0) return this.#write(lent)
    const room = this.#buffer.byteLength - this.#filled
    this.#gather(lent.subarray(0, room))
    if (lent.byteLength < room) return undefined
    this.#writing = this.#flushAndGather(new Uint8Array(lent.subarray(room)))
    return this.#writing
  }

  /** Resolves when everything is in the store; to be called once nothing is pushed any more. */
  async end(): Promise<void> {
    await this.#writing
    await this.#flush()
  }

  #gather(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#filled)
    this.#filled += bytes.byteLength
  }

  /** @param rest more than the buffer takes at once only where a transport hands on very large pieces */
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
    // Not before: after a write that failed nothing more may be taken for its bytes.
    this.#filled = 0
  }

  #write(bytes: Uint8Array): Promise<void> | undefined {
    const written = this.#store.write(this.#position, bytes)
    if (written !== undefined) return written.then(() => this.#stored(bytes))
    this.#stored(bytes)
    return undefined
  }

  /** Still warm, and from now on readable. Not before: what could not be written is no step forward. */
  #stored(bytes: Uint8Array): void {
    this.#check.accept(this.#position, bytes)
    this.#position += bytes.byteLength
  }
}
