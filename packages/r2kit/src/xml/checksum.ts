/** The five checksums of S3 as elements: a structure has at most one of them that matters. */
import { type Codec, optional, text } from './codec.js'

export type XmlChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'

export interface XmlChecksum {
  readonly algorithm: XmlChecksumAlgorithm
  /** Base64; that of a multipart object may end in `-<parts>`. */
  readonly value: string
}

// Where a server sends several, the one that covers the whole object comes first.
const algorithms = ['CRC64NVME', 'CRC32C', 'CRC32', 'SHA256', 'SHA1'] as const
const fields = algorithms.map((algorithm) => [algorithm, optional(`Checksum${algorithm}`, text)] as const)

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
