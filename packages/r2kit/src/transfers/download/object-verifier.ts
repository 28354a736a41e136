/**
 * Compares a whole object with its digest while it arrives in ranges. A hash needs its bytes in order: those that arrive in
 * order are hashed while they are in the CPU's caches, the others are read back from the store in their turn. A multipart object
 * has one hash per part, so with ranges that follow the parts nearly all bytes are hashed on arrival.
 * Why, and at what cost: docs/decisions/2026-11-22-download-verification.md.
 */
import { createMd5 } from '#md5'
import { base64FromBytes, concatBytes, hexFromBytes } from '../../base/bytes.js'
import { combineCrc, isCrc } from '../../base/checksums/combine.js'
import { checksumOf, createChecksum } from '../../base/checksums/index.js'
import { etagOfDigests } from '../../client/fields/multipart-etag.js'
import type { VerifiedBy } from '../../client/fields/upload-proof.js'
import { R2Error } from '../../errors/index.js'
import type { ExpectedDigest } from './expected-digest.js'
import type { RangeStore } from './job.js'

interface Hash {
  update(chunk: Uint8Array): void
  digest(): Uint8Array
}

/** A piece of the object that is hashed by itself. */
interface Segment {
  readonly index: number
  readonly end: number
  readonly hash: Hash
  /** The first position that is not hashed. */
  at: number
  /** Stored bytes beyond `at`: start to end. */
  readonly stored: Map<number, number>
}

const readBytes = 1024 * 1024

export class ObjectVerifier {
  readonly #expected: ExpectedDigest
  readonly #store: Pick<RangeStore, 'read'>
  readonly #segmentBytes: number
  readonly #segments = new Map<number, Segment>()
  /** Hashes of complete segments, by index. */
  readonly #digests: Uint8Array[] = []
  #readingBack: Promise<void> | undefined
  #segmentBeingRead: Segment | undefined
  #isStopped = false
  /** An error of reading back, thrown by `finish`. */
  #failure: { readonly error: unknown } | undefined

  constructor(expected: ExpectedDigest, store: Pick<RangeStore, 'read'>) {
    this.#expected = expected
    this.#store = store
    this.#segmentBytes = expected.segmentBytes || Math.max(1, expected.size)
  }

  /** Accepts bytes that are in the store, and still in memory. */
  accept(position: number, bytes: Uint8Array): void {
    for (let taken = 0; taken < bytes.byteLength; ) {
      const at = position + taken
      const segment = this.#segmentOf(at)
      const piece = bytes.subarray(taken, taken + segment.end - at)
      if (segment.at === at && segment !== this.#segmentBeingRead) this.#update(segment, piece)
      else segment.stored.set(at, at + piece.byteLength)
      taken += piece.byteLength
    }
    this.#readBack()
  }

  /** Accepts bytes that are only in the store: from an earlier run, or from before the digest was known. */
  acceptStored(position: number, length: number): void {
    const end = position + length
    for (let at = position; at < end; ) {
      const segment = this.#segmentOf(at)
      const next = Math.min(end, segment.end)
      segment.stored.set(at, next)
      at = next
    }
    this.#readBack()
  }

  /** Stops reading from the store. To be awaited before the store is closed. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#readingBack
  }

  /** Reads back the rest, and compares. @throws R2Error `IntegrityMismatch` */
  async finish(): Promise<VerifiedBy> {
    const { size } = this.#expected
    if (size === 0) this.#segmentOf(0)
    while (this.#readingBack !== undefined && this.#failure === undefined) await this.#readingBack
    if (this.#failure !== undefined) throw this.#failure.error
    for (const segment of this.#segments.values()) {
      if (segment.at !== segment.end) throw new Error(`bytes from ${segment.at} have not been hashed`)
      this.#close(segment)
    }
    const { by, value } = this.#expected
    const actual = this.#actual()
    if (actual === value) return by
    throw new R2Error(
      'IntegrityMismatch',
      `the object's ${by === 'etag' ? 'ETag' : by} is ${value}, but the ${size} bytes that arrived have ${actual}`,
      {
        hint: 'Download it again. If the error persists, a proxy changes the bytes, or the ETags of this store are no MD5 (verify: false).',
      },
    )
  }

  #actual(): string {
    const { by, partBytes } = this.#expected
    if (partBytes === undefined) {
      const whole = this.#combined(this.#digests, 0)
      return by === 'etag' ? hexFromBytes(whole) : base64FromBytes(whole)
    }
    const perPart = Math.max(1, Math.round(partBytes / this.#segmentBytes))
    const parts: Uint8Array[] = []
    for (let index = 0; index < this.#digests.length; index += perPart) {
      parts.push(this.#combined(this.#digests.slice(index, index + perPart), index))
    }
    if (by === 'etag') return etagOfDigests(parts)
    return `${base64FromBytes(checksumOf(by, concatBytes(parts)))}-${parts.length}`
  }

  /** The digest of consecutive segments. Only those of a CRC can be more than one. */
  #combined(digests: readonly Uint8Array[], firstIndex: number): Uint8Array {
    const { by, size } = this.#expected
    const lengthOf = (index: number) => Math.min(this.#segmentBytes, size - index * this.#segmentBytes)
    return digests.reduce((all, digest, index) => {
      if (!isCrc(by)) throw new Error(`digests of ${by} do not combine`)
      return combineCrc(by, all, digest, lengthOf(firstIndex + index))
    })
  }

  #segmentOf(position: number): Segment {
    const index = Math.floor(position / this.#segmentBytes)
    const known = this.#segments.get(index)
    if (known !== undefined) return known
    const start = index * this.#segmentBytes
    const segment: Segment = {
      index,
      at: start,
      end: Math.min(start + this.#segmentBytes, this.#expected.size),
      hash: this.#expected.by === 'etag' ? createMd5() : createChecksum(this.#expected.by),
      stored: new Map(),
    }
    this.#segments.set(index, segment)
    return segment
  }

  #update(segment: Segment, piece: Uint8Array): void {
    segment.hash.update(piece)
    segment.at += piece.byteLength
    if (segment.at === segment.end) this.#close(segment)
  }

  #close(segment: Segment): void {
    this.#digests[segment.index] = segment.hash.digest()
    this.#segments.delete(segment.index)
  }

  #readBack(): void {
    if (this.#readingBack !== undefined || this.#nextToRead() === undefined) return
    this.#readingBack = this.#readAllBack()
      .catch((error: unknown) => {
        this.#failure = { error }
      })
      .finally(() => {
        if (this.#failure !== undefined) return
        this.#readingBack = undefined
        // Bytes may have been accepted after the last look for stored ones, and before this.
        this.#readBack()
      })
  }

  async #readAllBack(): Promise<void> {
    for (let segment = this.#nextToRead(); segment !== undefined; segment = this.#nextToRead()) {
      this.#segmentBeingRead = segment
      const end = segment.stored.get(segment.at) ?? segment.at
      segment.stored.delete(segment.at)
      while (segment.at < end && !this.#isStopped) {
        this.#update(segment, await this.#store.read(segment.at, Math.min(readBytes, end - segment.at)))
      }
      this.#segmentBeingRead = undefined
    }
  }

  #nextToRead(): Segment | undefined {
    if (this.#isStopped) return undefined
    for (const segment of this.#segments.values()) if (segment.stored.has(segment.at)) return segment
    return undefined
  }
}
