/** The parts that have arrived, and what the object made of them must be. */
import { base64FromBytes, bytesFromHex } from '../../base/bytes.js'
import { combineCrc64Nvme } from '../../base/checksums/index.js'
import { etagOfParts } from '../../client/fields/etag.js'
import type { PartDigest } from './parts.js'

export interface UploadedPart extends PartDigest {
  readonly partNumber: number
  readonly length: number
  /** Bare, as the server returned it. */
  readonly etag: string
}

export class PartList {
  readonly #parts = new Map<number, UploadedPart>()

  add(part: UploadedPart): void {
    this.#parts.set(part.partNumber, part)
  }

  has(partNumber: number): boolean {
    return this.#parts.has(partNumber)
  }

  get count(): number {
    return this.#parts.size
  }

  /** In the order of their numbers. */
  inOrder(): UploadedPart[] {
    return [...this.#parts.values()].sort((a, b) => a.partNumber - b.partNumber)
  }

  get size(): number {
    let sum = 0
    for (const { length } of this.#parts.values()) sum += length
    return sum
  }

  /** The ETag of an object made of these parts; undefined where the hash of a part is not known. */
  etag(): string | undefined {
    return etagOfParts(this.inOrder().map(({ md5 }) => md5))
  }

  /** Base64 CRC-64/NVME of the whole object, combined from those of its parts; undefined where a part has none. */
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
