/** The checksums and MD5s that the caller sends with a body. */
import { bytesFromBase64 } from '../../base/bytes.js'
import type { ChecksumAlgorithm } from '../../base/checksums/index.js'
import type { HeaderFields } from '../../http/index.js'
import { refuseInput } from '../../validation/refuse.js'
import { type ChecksumInput, checksumHeaders, digestBytes, isDigest } from './checksum.js'

/** R2 rejects two checksums with InvalidRequest, "You can only specify one checksum at a time." */
export const checkOneChecksum = ({
  contentMd5,
  checksum,
}: {
  readonly contentMd5?: string | undefined
  readonly checksum?: ChecksumInput | undefined
}): void => {
  if (contentMd5 === undefined || checksum === undefined) return
  throw refuseInput('checksum', 'cannot be used beside contentMd5: R2 takes one checksum', 'Omit one of the two.')
}

/** Writes the header of a checksum with its value, passed by the caller or computed by `withChecksumValue`. */
export const addChecksum = (headers: HeaderFields, checksum: ChecksumInput | undefined): void => {
  if (checksum === undefined) return
  const { algorithm, value = '' } = checksum
  checkChecksumValue(algorithm, value)
  headers[checksumHeaders[algorithm]] = value
}

/** @throws R2Error `InvalidInput` for a value that no bytes have */
export const checkChecksumValue = (algorithm: ChecksumAlgorithm, value: string): void => {
  if (isDigest({ algorithm, value })) return
  throw refuseInput(
    'checksum.value',
    `must be ${digestBytes[algorithm]} bytes in base64 for ${algorithm}`,
    'Encode its bytes in base64, not in hex. To put bytes in memory, omit it: the client computes it.',
  )
}

/** Returns a Content-MD5 that is base64 of 16 bytes. @throws R2Error `InvalidInput` for any other text */
export const checkContentMd5 = (value: string): string => {
  if (bytesFromBase64(value)?.byteLength === 16) return value
  throw refuseInput(
    'contentMd5',
    'must be 16 bytes in base64',
    'Encode the 16 bytes of the digest in base64, not their hex form.',
  )
}
