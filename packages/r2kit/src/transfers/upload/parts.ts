/** The parts of an upload, and the ETag and checksum of the whole that follow from them. */
import { createMd5 } from '#md5'
import { base64FromBytes, bytesFromBase64, concatBytes, hexFromBytes } from '../../base/bytes.js'
import { combineCrc } from '../../base/checksums/combine.js'
import { type ChecksumAlgorithm, checksumOf, createChecksum } from '../../base/checksums/index.js'
import type { PartChecksumAlgorithm } from '../../client/fields/checksum.js'
import { etagOfParts } from '../../client/fields/multipart-etag.js'
import type { VerifiedBy } from '../../client/fields/upload-proof.js'

/** Hashes of a body's bytes. */
export interface BodyDigest {
  /** Hex MD5; undefined where it was not computed. */
  readonly md5: string | undefined
  /** The checksum in base64; undefined where it was not computed. */
  readonly checksum: string | undefined
}

/** A part that is stored. */
export interface UploadedPart extends BodyDigest {
  readonly partNumber: number
  readonly length: number
  /** As the server returned it, without quotes. */
  readonly etag: string
  /** The comparison that showed that these bytes are stored; undefined where there was none. */
  readonly verifiedBy: VerifiedBy | undefined
}

/** Computes several hashes of the same bytes, while these are in cache. */
export class BodyHash {
  readonly #md5
  readonly #checksum

  constructor(withMd5: boolean, algorithm: ChecksumAlgorithm | undefined) {
    this.#md5 = withMd5 ? createMd5() : undefined
    this.#checksum = algorithm === undefined ? undefined : createChecksum(algorithm)
  }

  update(chunk: Uint8Array): void {
    this.#md5?.update(chunk)
    this.#checksum?.update(chunk)
  }

  digest(): BodyDigest {
    return {
      md5: this.#md5 && hexFromBytes(this.#md5.digest()),
      checksum: this.#checksum && base64FromBytes(this.#checksum.digest()),
    }
  }
}

/** The parts of an upload that are stored. */
export class PartList {
  readonly #algorithm: PartChecksumAlgorithm | undefined
  readonly #parts = new Map<number, UploadedPart>()

  /** @param algorithm of the parts' checksums */
  constructor(algorithm: PartChecksumAlgorithm | undefined) {
    this.#algorithm = algorithm
  }

  add(part: UploadedPart): void {
    this.#parts.set(part.partNumber, part)
  }

  get count(): number {
    return this.#parts.size
  }

  /** By ascending number. */
  inOrder(): UploadedPart[] {
    return [...this.#parts.values()].sort((a, b) => a.partNumber - b.partNumber)
  }

  /** Length of all parts in bytes. */
  get size(): number {
    let sum = 0
    for (const { length } of this.#parts.values()) sum += length
    return sum
  }

  /** The ETag of an object made of these parts; undefined where the MD5 of a part is unknown. */
  etag(): string | undefined {
    return etagOfParts(this.inOrder().map(({ md5, etag }) => md5 ?? etag))
  }

  /**
   * The checksum of an object made of these parts: CRC64NVME of all bytes, or the checksum of the parts' checksums with their
   * number. Undefined where that of a part is unknown.
   */
  checksum(): string | undefined {
    const algorithm = this.#algorithm
    const ordered = this.inOrder()
    const digests = ordered.map(({ checksum }) => (checksum === undefined ? undefined : bytesFromBase64(checksum)))
    if (algorithm === undefined || !digests.every((digest) => digest !== undefined)) return undefined
    if (algorithm !== 'CRC64NVME')
      return `${base64FromBytes(checksumOf(algorithm, concatBytes(digests)))}-${digests.length}`
    const whole = digests.reduce((all, digest, index) =>
      combineCrc(algorithm, all, digest, ordered[index]?.length ?? 0),
    )
    return base64FromBytes(whole)
  }

  /** The weakest of the comparisons that showed the parts to be stored; undefined where there was none for a part. */
  verifiedBy(): VerifiedBy | undefined {
    let weakest: VerifiedBy | undefined
    for (const { verifiedBy } of this.#parts.values()) {
      if (verifiedBy === undefined) return undefined
      weakest = weakest === 'etag' ? weakest : verifiedBy
    }
    return weakest
  }
}
