/** Fields of the checksums of parts. */
import { anyText, objectOf, oneOf, required } from '../../validation/index.js'
import type { PartChecksumInput } from './checksum.js'

export const partAlgorithmField = oneOf('CRC32', 'CRC32C', 'CRC64NVME')

export const partChecksumField = objectOf<PartChecksumInput>('the checksum of a part', {
  algorithm: required(partAlgorithmField),
  value: anyText,
})
