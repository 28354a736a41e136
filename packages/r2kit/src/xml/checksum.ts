/** The five checksums of S3 as elements. Of several in one structure, one is used. */
import { type Codec, optional, text } from './codec.js'

/** S3's names of checksums, as in their elements: `<ChecksumCRC32>`. */
type XmlChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'

/** A checksum of an object or a part. */
export interface XmlChecksum {
  /** Algorithm of the checksum. */
  readonly algorithm: XmlChecksumAlgorithm
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
