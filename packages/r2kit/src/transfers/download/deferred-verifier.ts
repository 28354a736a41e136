/**
 * Verifies an object whose expected digest is not known yet. Resolving the digest takes one or two round-trip times, during which
 * ranges are fetched already. Their bytes are read back from the store when the digest is known.
 */

import type { VerifiedBy } from '../../client/fields/upload-proof.js'
import type { ExpectedDigest } from './expected-digest.js'
import type { Range, RangeStore } from './job.js'
import { ObjectVerifier } from './object-verifier.js'

export class DeferredVerifier {
  /** Resolves when the expected digest is known, or known to be none. Rejects when it cannot be resolved. */
  readonly known: Promise<void>
  #verifier: ObjectVerifier | undefined
  #segmentBytes: number | undefined
  /** Ranges that were stored before the digest was known; undefined after that. */
  #early: Range[] | undefined = []

  /** @param expected resolves with undefined where nothing proves the whole */
  constructor(expected: Promise<ExpectedDigest | undefined>, store: Pick<RangeStore, 'read'>) {
    this.known = expected.then((digest) => {
      const early = this.#early ?? []
      this.#early = undefined
      if (digest === undefined) return
      this.#segmentBytes = digest.segmentBytes
      this.#verifier = new ObjectVerifier(digest, store)
      for (const { offset, length } of early) this.#verifier.acceptStored(offset, length)
    })
    // The delivery awaits it later, and handles its rejection then.
    this.known.catch(() => undefined)
  }

  /** Bytes of ranges that end with a segment are hashed on arrival. Undefined while unknown. */
  get segmentBytes(): number | undefined {
    return this.#segmentBytes
  }

  /** Accepts bytes that are in the store, and still in memory. */
  accept(position: number, bytes: Uint8Array): void {
    this.#early?.push({ offset: position, length: bytes.byteLength })
    this.#verifier?.accept(position, bytes)
  }

  /** Accepts bytes of an earlier run, which are only in the store. */
  acceptStored(position: number, length: number): void {
    this.#early?.push({ offset: position, length })
    this.#verifier?.acceptStored(position, length)
  }

  /** Stops reading from the store. To be awaited before the store is closed. */
  async stop(): Promise<void> {
    await this.#verifier?.stop()
  }

  /** Compares the whole; undefined where nothing proves it. @throws R2Error `IntegrityMismatch` */
  async finish(): Promise<VerifiedBy | undefined> {
    await this.known
    return this.#verifier?.finish()
  }
}
