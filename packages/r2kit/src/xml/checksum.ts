/** The five checksums of S3 as elements. Of several in one structure, one is used. */
import type { ChecksumAlgorithm } from '../base/checksums/index.js'
import { type Codec, optional, text } from './codec.js'

/** A checksum of an object or a part. */
export interface XmlChecksum {
  /** Algorithm of the checksum. */
  readonly algorithm: ChecksumAlgorithm
  /** Base64 of the checksum. For an object that was uploaded in parts it may end in `-<number of parts>`. */
  readonly value: string
}

// If a server sends several, the one that covers the whole object is used.
const algorithms = ['CRC64NVME', 'CRC32C', 'CRC32', 'SHA256', 'SHA1'] as const
const fields = algorithms.map((algorithm) => [algorithm, optional(`Checksum${algorithm}`, text)] as const)

/** Reads the first checksum of a structure, and writes one. */
export const checksum: Codec<XmlChecksum | undefined> = {
  read: (parent) => {
    for (const [algorithm, field] of fields) {
      const value = field.read(parent)
      if (value) return { algorithm, value }
    }
    return undefined
  },
  write: (value, path) =>
    fields
      .map(([algorithm, field]) => (value?.algorithm === algorithm ? field.write(value.value, `${path}.value`) : ''))
      .join(''),
}
