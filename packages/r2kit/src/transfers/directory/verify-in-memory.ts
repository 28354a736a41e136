import { base64FromBytes } from '../../base/bytes.js'
import { checksumOf } from '../../base/checksums/index.js'
import { crc32Text, isComposite, isDigest, type ObjectChecksum } from '../../client/fields/checksum.js'
import { isMd5 } from '../../client/fields/etag.js'
import { etagOfBytes } from '../../client/fields/md5-etag.js'
import type { VerifiedBy } from '../../client/fields/upload-proof.js'
import { R2Error } from '../../errors/index.js'
import type { ObjectInMemory } from '../operations.js'

/**
 * Compares the bytes of a small object with what is stored with it: the checksum, which takes a tenth of the time of MD5 for a
 * CRC-32, or else the MD5 in the ETag.
 *
 * @param isHash whether the ETag can be an MD5
 * @returns undefined where neither proves the bytes
 * @throws R2Error `IntegrityMismatch`
 */
export const verifyInMemory = (
  { body, etag, checksum: stored }: ObjectInMemory,
  isHash: boolean,
): VerifiedBy | undefined => {
  // Decoding the stored text would cost as much as the CRC-32, so only one that differs is looked at.
  if (stored !== undefined && !isComposite(stored)) {
    const { algorithm, value } = stored
    const actual = checksumText(algorithm, body)
    if (actual === value || isDigest(stored)) {
      requireEqual(algorithm, value, actual)
      return algorithm
    }
  }
  if (!isHash || !isMd5(etag)) return undefined
  requireEqual('MD5', etag, etagOfBytes(body))
  return 'etag'
}

const checksumText = (algorithm: ObjectChecksum['algorithm'], bytes: Uint8Array): string =>
  algorithm === 'CRC32' ? crc32Text(bytes) : base64FromBytes(checksumOf(algorithm, bytes))

const requireEqual = (name: string, stored: string, actual: string): void => {
  if (actual === stored) return
  throw new R2Error(
    'IntegrityMismatch',
    `the ${name} of the object is ${stored}, but the bytes that arrived have ${actual}`,
  )
}
