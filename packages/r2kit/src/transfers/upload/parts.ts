/** What is computed of a part's bytes while they are on their way, once: its ETag, and its share of the object's checksum. */
import { createMd5 } from '#hash'
import { hexFromBytes } from '../../base/bytes.js'
import { createChecksum } from '../../base/checksums/index.js'

export interface PartDigest {
  /** Hex. R2's ETag of the part. */
  readonly md5: string
  /** Hex CRC-64/NVME, big-endian; undefined where none is wanted. */
  readonly crc64: string | undefined
}

export class PartHash {
  readonly #md5 = createMd5()
  #size = 0
  readonly #crc64

  constructor(withCrc64: boolean) {
    this.#crc64 = withCrc64 ? createChecksum('CRC64NVME') : undefined
  }

  /** How many bytes were hashed. */
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
