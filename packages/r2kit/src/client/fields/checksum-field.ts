/** Fields of checksums in inputs; `checksum.ts`, which responses need too, has no code for inputs. */
import { anyText, objectOf, oneOf, required } from '../../validation/index.js'
import { algorithms, type ChecksumInput } from './checksum.js'

export const algorithmField = oneOf(...algorithms)

export const checksumField = objectOf<ChecksumInput>('a checksum', {
  algorithm: required(algorithmField),
  value: anyText,
})
