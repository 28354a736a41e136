/** The parts of an upload: the hashes of one, and the list of all with the ETag and checksum that follow from it. */
import { createMd5 } from '#hash'
import { base64FromBytes, bytesFromHex, hexFromBytes } from '../../base/bytes.js'
import { combineCrc64Nvme, createChecksum } from '../../base/checksums/index.js'
import { etagOfParts } from '../../client/fields/etag.js'

/** Hashes of a part's bytes. */
export interface PartDigest {
  /** Hex. R2's ETag of the part. */
  readonly md5: string
  /** Hex CRC-64/NVME, big-endian; undefined where it was not computed. */
  readonly crc64: string | undefined
}

/** A part that is stored. */
export interface UploadedPart extends PartDigest {
  readonly partNumber: number
  readonly length: number
  /** As the server returned it, without quotes. */
  readonly etag: string
}

/** Hashes a part's bytes once, while they are sent: for the ETag of the part, and for the checksum of the object. */
export class PartHash {
  readonly #md5 = createMd5()
  readonly #crc64
  #size = 0

  constructor(withCrc64: boolean) {
    this.#crc64 = withCrc64 ? createChecksum('CRC64NVME') : undefined
  }

  /** Number of bytes hashed so far. */
  get size(): number {
    return this.#size
  }

  update(chunk: Uint8Array): void {
    this.#size += chunk.byteLength
    this.#md5.update(chunk)
    this.#crc64?.update(chunk)
  }

  digest(): PartDigest {
    const crc64 = this.#crc64 === undefined ? undefined : hexFromBytes(this.#crc64.digest())
    return { md5: hexFromBytes(this.#md5.digest()), crc64 }
  }
}

/** The parts of an upload that are stored. */
export class PartList {
  readonly #parts = new Map<number, UploadedPart>()

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
    return etagOfParts(this.inOrder().map(({ md5 }) => md5))
  }

  /** Base64 CRC-64/NVME of an object made of these parts; undefined where that of a part is unknown. */
  crc64(): string | undefined {
    let whole: Uint8Array | undefined
    for (const { crc64, length } of this.inOrder()) {
      const part = crc64 === undefined ? undefined : bytesFromHex(crc64)
      if (part === undefined) return undefined
      whole = whole === undefined ? part : combineCrc64Nvme(whole, part, length)
    }
    return whole === undefined ? undefined : base64FromBytes(whole)
  }
}
