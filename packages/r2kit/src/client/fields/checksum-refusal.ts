/**
 * Judges whether a server failed a write because of its checksum. Calls and transfers use it. Loaded by the first error of such a
 * write, and with the transfer engine.
 */
import type { ChecksumAlgorithm } from '../../base/checksums/index.js'
import { type R2Error, storedOtherBytes } from '../../errors/calls.js'
import type { ClientIntegrity, IntegrityForm } from '../client-integrity.js'
import { checksumHeaders } from './checksum.js'

/** A checksum that was sent, and the client that sent it. */
export interface SentChecksum {
  readonly integrity: ClientIntegrity
  readonly form: IntegrityForm
  readonly algorithm: ChecksumAlgorithm
}

/**
 * - `stated`: the error is about the checksum.
 * - `possible`: the checksum is the cause if the same write succeeds without it.
 * - `no`: the error has another cause.
 */
export type Refusal = 'stated' | 'possible' | 'no'

/** An internal error is temporary, unless it follows every attempt with the checksum. */
const internalErrorsMin = 3

/**
 * Servers that refuse the checksum name it: AWS for a part whose upload was created without a checksum ("Checksum Type mismatch"),
 * Backblaze B2 ("Unsupported header 'x-amz-checksum-crc32'").
 */
const namesChecksum = /checksum|trailer|aws-chunked|unsupported header/i

/**
 * R2 responded to `x-amz-checksum-algorithm` with InternalError for months. Other servers verify the signature over the frames of a
 * trailer, and proxies remove headers that they do not know: both end in SignatureDoesNotMatch.
 *
 * @param internalErrors number of attempts of this write with the checksum that have ended in an internal error, in a row
 */
export const refusalOf = (
  error: R2Error,
  { integrity, form, algorithm }: SentChecksum,
  internalErrors: number,
): Refusal => {
  if (integrity.support(form, algorithm) === 'supported') return 'no'
  // The server stored the frames of the trailer with the bytes.
  if (storedOtherBytes(error)) return form === 'trailer' && !error.retryable ? 'stated' : 'no'
  const { code, status, s3Code, message } = error
  if (status === 501 || code === 'NotImplemented') return 'stated'
  // A body that arrived with another checksum is refused for its bytes, unless the server took the frames of a trailer for them.
  if (code === 'IntegrityMismatch')
    return form === 'trailer' && s3Code === 'XAmzContentSHA256Mismatch' ? 'possible' : 'no'
  if (status === 400 && (s3Code === undefined || namesChecksum.test(message))) return 'stated'
  if (code === 'InternalError') return internalErrors >= internalErrorsMin ? 'possible' : 'no'
  return code === 'BadRequest' || code === 'SignatureDoesNotMatch' ? 'possible' : 'no'
}

/** Counts an error into the number of internal errors in a row. Any other error shows that the server treats the checksum otherwise. */
export const internalErrorsWith = (error: R2Error, before: number): number =>
  error.code === 'InternalError' ? before + 1 : 0

/** The reason of the event `integrity.reduced` for a write that succeeded without its checksum. */
export const refusalReason = (
  { status, s3Code, code }: R2Error,
  { form, algorithm }: Omit<SentChecksum, 'integrity'>,
): string =>
  status === undefined && code === 'IntegrityMismatch'
    ? 'it stores the frames of the trailer with the bytes'
    : `it refused ${sentAs(form, algorithm)} with ${s3Code ?? status ?? code}`

const sentAs = (form: IntegrityForm, algorithm: ChecksumAlgorithm): string => {
  if (form === 'trailer') return 'the trailer'
  return form === 'upload' ? 'the checksum of the whole object' : checksumHeaders[algorithm]
}
