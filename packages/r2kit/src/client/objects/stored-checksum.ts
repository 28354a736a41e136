/** Verifies whole objects by the checksum that is stored with them, if the response has it. */
import { base64FromBytes } from '../../base/bytes.js'
import { clientError, type R2Error } from '../../errors/calls.js'
import { type HttpResponse, headerOf } from '../../http/index.js'
import { checksumFrom, crc32Text, isComposite, isDigest, type ObjectChecksum } from '../fields/checksum.js'
import type { OperationContext } from '../operation.js'
import type { GetObjectStreamInput } from './read-object.js'

/** Whether a read returns a whole object that is to be verified. */
export const isVerified = (
  { verify, range, partNumber }: GetObjectStreamInput,
  { integrity }: OperationContext,
): boolean => range === undefined && partNumber === undefined && (verify ?? integrity.default !== 'none')

/**
 * Whether a body has the bytes that the stored checksum is of. R2 decompresses objects for clients that do not accept their content
 * coding, and then omits the length or weakens the ETag.
 */
export const isAsStored = ({ headers }: HttpResponse): boolean =>
  headerOf(headers, 'content-length') !== undefined && headers.etag?.startsWith('W/') !== true

/** The checksum of a body in memory. */
const checksumOfBody = (response: HttpResponse): ObjectChecksum | undefined =>
  response.status === 200 && isAsStored(response) ? checksumFrom(response.headers) : undefined

/** The error for a body that differs from the stored bytes. */
export const checksumMismatch = ({ algorithm, value }: ObjectChecksum, received: string): R2Error =>
  clientError(
    'IntegrityMismatch',
    `the object was stored with the ${algorithm} ${value}, but the bytes received have ${received}`,
  )

/** Compares a body in memory. A mismatch is an error of its attempt, so that the read is repeated. */
export const wholeBody = {
  verify(response: HttpResponse): void | Promise<void> {
    const { body } = response
    const checksum = checksumOfBody(response)
    if (checksum === undefined || isComposite(checksum) || !(body instanceof Uint8Array)) return
    if (checksum.algorithm !== 'CRC32') return compare(checksum, body)
    requireEqual(checksum, crc32Text(body))
  },
}

const compare = async (checksum: ObjectChecksum, body: Uint8Array): Promise<void> => {
  const { checksumOf } = await import('../fields/other-checks.js')
  requireEqual(checksum, base64FromBytes(checksumOf(checksum.algorithm, body)))
}

/** Some servers store values of another length, which prove nothing. That is looked at last, because decoding costs as much as a CRC-32. */
const requireEqual = (checksum: ObjectChecksum, received: string): void => {
  if (received !== checksum.value && isDigest(checksum)) throw checksumMismatch(checksum, received)
}
