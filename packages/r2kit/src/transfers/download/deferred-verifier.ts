/**
 * The check of a whole that begins before it is known what the whole has to be: to learn that takes a round trip or two, and
 * ranges are under way meanwhile. What is stored until then is read back.
 */
import type { Range, RangeStore } from './job.js'
import { type ExpectedDigest, ObjectVerifier } from './object-verifier.js'
import type { VerifiedBy } from './options.js'

export class DeferredVerifier {
  /** Rejects where it cannot be known. */
  readonly known: Promise<void>
  #check: ObjectVerifier | undefined
  #segmentBytes: number | undefined
  /** Positions that were stored before it was known what for. */
  #early: Range[] | undefined = []

  /** @param expected undefined where nothing proves the whole */
  constructor(expected: Promise<ExpectedDigest | undefined>, store: Pick<RangeStore, 'read'>) {
    this.known = expected.then((expectation) => {
      const early = this.#early ?? []
      this.#early = undefined
      if (expectation === undefined) return
      this.#segmentBytes = expectation.segmentBytes
      this.#check = new ObjectVerifier(expectation, store)
      for (const { offset, length } of early) this.#check.found(offset, length)
    })
    // Whoever fetches waits for it, and is told then.
    this.known.catch(() => undefined)
  }

  /** Ranges that end with a lane have their bytes hashed while they are warm. Undefined as long as it is not known. */
  get segmentBytes(): number | undefined {
    return this.#segmentBytes
  }

  /** Bytes that are in the store, and still at hand. */
  accept(position: number, bytes: Uint8Array): void {
    this.#early?.push({ offset: position, length: bytes.byteLength })
    this.#check?.accept(position, bytes)
  }

  /** Bytes that are in the store since an earlier run. */
  found(position: number, length: number): void {
    this.#early?.push({ offset: position, length })
    this.#check?.found(position, length)
  }

  /** Reads nothing more; to be awaited before the store is closed. */
  async stop(): Promise<void> {
    await this.#check?.stop()
  }

  /** @throws R2Error `IntegrityMismatch` */
  async finish(): Promise<VerifiedBy | undefined> {
    await this.known
    return this.#check?.finish()
  }
}
