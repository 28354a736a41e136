/** The checks that are possible for a multipart upload. */

import { integrityOf as integrityOfCall } from '../../client/fields/check-integrity.js'
import type { PartChecksumAlgorithm } from '../../client/fields/checksum.js'
import type { Integrity } from '../../client/fields/integrity.js'
import { storedAlgorithm } from '../../client/fields/stored-algorithm.js'
import { R2Error } from '../../errors/index.js'
import { refuseInput } from '../../validation/index.js'
import type { TransferContext } from '../context.js'
import type { UploadJob } from './job.js'
import type { UploadInput } from './options.js'

/** The checksums that R2 supports on parts. */
export const partAlgorithms: readonly PartChecksumAlgorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME']

/** The check of an upload: the caller's, or that of the client. */
export const integrityOf = (input: UploadInput, context: Pick<TransferContext, 'integrity'>): Integrity => {
  // The checksum of the whole, for which those of the parts are needed.
  if (input.checksum?.algorithm === 'CRC64NVME') return 'crc64nvme'
  return integrityOfCall(input, context.integrity.default)
}

/** The checksum of parts; undefined for a check without a checksum. */
export const partAlgorithmOf = (integrity: Integrity): PartChecksumAlgorithm | undefined => {
  const algorithm = storedAlgorithm(integrity)
  return partAlgorithms.find((name) => name === algorithm)
}

/**
 * R2 has no MD5 of a multipart object, no SHA of a part, and of the checksums only CRC64NVME covers the whole.
 *
 * @throws R2Error `InvalidInput` for any other check, before a request is sent
 */
export const requirePossibleInParts = ({ input, integrity }: Pick<UploadJob, 'input' | 'integrity'>): void => {
  const { contentMd5, checksum } = input
  if (contentMd5 !== undefined || (checksum !== undefined && checksum.algorithm !== 'CRC64NVME')) {
    const field = contentMd5 !== undefined ? 'contentMd5' : 'checksum'
    throw new R2Error('InvalidInput', `R2 cannot verify ${field} for a multipart upload`, {
      field,
      hint: "Pass checksum: { algorithm: 'CRC64NVME' }, or raise thresholdBytes so that the upload is a single PUT.",
    })
  }
  if (integrity !== 'sha1' && integrity !== 'sha256') return
  throw refuseInput(
    'integrity',
    `is '${integrity}', which R2 does not support on the parts of a multipart upload`,
    "Pass 'crc32', 'crc32c', 'crc64nvme' or 'md5', or raise thresholdBytes so that the upload is a single PUT.",
  )
}
