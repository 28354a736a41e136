/**
 * Compares the whole object with its ETag while it arrives in ranges. MD5 needs bytes in order: those that come in their
 * turn are hashed while they are warm, the others are read back from the store when their turn has come. Objects of parts
 * have one hash per part, so with ranges that follow the parts nearly all are warm.
 * Why, and what it costs: docs/decisions/2026-11-22-download-verification.md.
 */
import { createMd5, md5 } from '#hash'
import { base64FromBytes, hexFromBytes } from '../../base/bytes.js'
import { combineCrc64Nvme, createChecksum } from '../../base/checksums/index.js'
import { R2Error } from '../../errors/index.js'
import type { RangeStore } from './job.js'
import type { VerifiedBy } from './options.js'

/**
 * What the object has to be. Each `segmentBytes` have a hash of their own: the parts of an ETag that has parts, any length for a
 * CRC, since CRCs of pieces give that of the whole.
 */
export type ExpectedDigest =
  | { readonly by: 'etag'; readonly value: string; readonly size: number; readonly segmentBytes?: number }
  | { readonly by: 'CRC64NVME'; readonly value: string; readonly size: number; readonly segmentBytes: number }

interface Hash {
  update(chunk: Uint8Array): void
  digest(): Uint8Array
}

/** A stretch of the object that has a hash of its own. */
interface Lane {
  readonly index: number
  readonly end: number
  readonly hash: Hash
  /** Up to here it is hashed. */
  at: number
  /** Stored bytes beyond: start to end. */
  readonly stored: Map<number, number>
}

const readBytes = 1024 * 1024

export class ObjectVerifier {
  readonly #expected: ExpectedDigest
  readonly #store: Pick<RangeStore, 'read'>
  readonly #segmentBytes: number
  readonly #lanes = new Map<number, Lane>()
  /** Hashes of lanes that are done, by index. */
  readonly #digests: Uint8Array[] = []
  #readingBack: Promise<void> | undefined
  #laneBeingRead: Lane | undefined
  #isStopped = false
  /** Of reading back; told at the end. */
  #failure: { readonly error: unknown } | undefined

  constructor(expected: ExpectedDigest, store: Pick<RangeStore, 'read'>) {
    this.#expected = expected
    this.#store = store
    this.#segmentBytes = expected.segmentBytes || Math.max(1, expected.size)
  }

  /** Bytes that are in the store, and still at hand. */
  accept(position: number, bytes: Uint8Array): void {
    for (let taken = 0; taken < bytes.byteLength; ) {
      const at = position + taken
      const lane = this.#laneOf(at)
      const piece = bytes.subarray(taken, taken + lane.end - at)
      if (lane.at === at && lane !== this.#laneBeingRead) this.#update(lane, piece)
      else lane.stored.set(at, at + piece.byteLength)
      taken += piece.byteLength
    }
    this.#readBack()
  }

  /** Bytes that are in the store since an earlier run. */
  found(position: number, length: number): void {
    const end = position + length
    for (let at = position; at < end; ) {
      const lane = this.#laneOf(at)
      const next = Math.min(end, lane.end)
      lane.stored.set(at, next)
      at = next
    }
    this.#readBack()
  }

  /** Reads nothing more; to be awaited before the store is closed. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#readingBack
  }

  /** @throws R2Error `IntegrityMismatch` */
  async finish(): Promise<VerifiedBy> {
    const { size } = this.#expected
    if (size === 0) this.#laneOf(0)
    await this.#readingBack
    if (this.#failure !== undefined) throw this.#failure.error
    for (const lane of this.#lanes.values()) {
      if (lane.at !== lane.end) throw new Error(`bytes from ${lane.at} have not been hashed`)
      this.#close(lane)
    }
    const { by, value } = this.#expected
    const actual = this.#actual()
    if (actual === value) return by
    throw new R2Error(
      'IntegrityMismatch',
      `the object's ${by === 'etag' ? 'ETag' : 'CRC-64/NVME'} is ${value}, but the ${size} bytes that arrived have ${actual}`,
      {
        hint: 'Fetch it again; if it happens again, a proxy changes objects on the way, or this store’s ETag is no MD5 (verify: false).',
      },
    )
  }

  #actual(): string {
    const [first] = this.#digests
    if (first === undefined) return ''
    const { by, size, segmentBytes } = this.#expected
    if (by === 'CRC64NVME') {
      const lengthOf = (index: number) => Math.min(this.#segmentBytes, size - index * this.#segmentBytes)
      return base64FromBytes(this.#digests.reduce((all, crc, index) => combineCrc64Nvme(all, crc, lengthOf(index))))
    }
    if (segmentBytes === undefined) return hexFromBytes(first)
    const all = new Uint8Array(this.#digests.length * first.byteLength)
    this.#digests.forEach((digest, index) => {
      all.set(digest, index * first.byteLength)
    })
    return `${hexFromBytes(md5(all))}-${this.#digests.length}`
  }

  #laneOf(position: number): Lane {
    const index = Math.floor(position / this.#segmentBytes)
    const known = this.#lanes.get(index)
    if (known !== undefined) return known
    const start = index * this.#segmentBytes
    const lane: Lane = {
      index,
      at: start,
      end: Math.min(start + this.#segmentBytes, this.#expected.size),
      hash: this.#expected.by === 'etag' ? createMd5() : createChecksum('CRC64NVME'),
      stored: new Map(),
    }
    this.#lanes.set(index, lane)
    return lane
  }

  #update(lane: Lane, piece: Uint8Array): void {
    lane.hash.update(piece)
    lane.at += piece.byteLength
    if (lane.at === lane.end) this.#close(lane)
  }

  #close(lane: Lane): void {
    this.#digests[lane.index] = lane.hash.digest()
    this.#lanes.delete(lane.index)
  }

  #readBack(): void {
    if (this.#readingBack !== undefined || this.#nextToRead() === undefined) return
    this.#readingBack = this.#readAllBack()
      .catch((error: unknown) => {
        this.#failure = { error }
      })
      .finally(() => {
        if (this.#failure === undefined) this.#readingBack = undefined
      })
  }

  async #readAllBack(): Promise<void> {
    for (let lane = this.#nextToRead(); lane !== undefined; lane = this.#nextToRead()) {
      this.#laneBeingRead = lane
      const end = lane.stored.get(lane.at) ?? lane.at
      lane.stored.delete(lane.at)
      while (lane.at < end && !this.#isStopped) {
        this.#update(lane, await this.#store.read(lane.at, Math.min(readBytes, end - lane.at)))
      }
      this.#laneBeingRead = undefined
    }
  }

  #nextToRead(): Lane | undefined {
    if (this.#isStopped) return undefined
    for (const lane of this.#lanes.values()) if (lane.stored.has(lane.at)) return lane
    return undefined
  }
}
