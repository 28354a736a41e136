import type { ChecksumAlgorithm } from '../../base/checksums/index.js'
import type { HeaderFields, HttpResponse } from '../../http/index.js'
import type { ClientIntegrity, IntegrityForm } from '../client-integrity.js'

/**
 * The comparison that has shown that R2 stored the bytes that were sent: a checksum that R2 repeated, or the MD5 in the ETag.
 * Undefined where nothing has shown it.
 */
export type VerifiedBy = ChecksumAlgorithm | 'etag'

/** Shows that the body of an upload was stored as it was sent. */
export interface UploadProof {
  /**
   * Compares a successful response with the bytes that were sent. Resolves later where they have to be read again.
   *
   * @throws R2Error `IntegrityMismatch`
   */
  verify(response: HttpResponse): void | Promise<void>
  /** The comparison that holds for a response which was verified, or which was recovered after it had been lost. */
  verifiedBy(headers: HeaderFields): VerifiedBy | undefined
  /**
   * Records the comparison that has found the object whose response was lost. `verify` is not called then. Absent where the headers
   * of the recovered response show the comparison.
   */
  recover?(by: VerifiedBy | undefined): void
  /** The checksum that was sent, in base64: empty before all bytes have been sent, undefined where none is sent. */
  checksum(): { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined
  /** Hex MD5 of the bytes, which is the ETag: empty before all bytes have been sent, undefined where it cannot be computed. */
  md5(): string | undefined | Promise<string | undefined>
  /** The form and algorithm that the server may refuse; undefined where the caller chose them, or there are none. */
  readonly mayBeRefused?: { readonly form: IntegrityForm; readonly algorithm: ChecksumAlgorithm } | undefined
}

/** The bytes of a proof, and the client that sends them. */
export interface ProofScope {
  readonly integrity: ClientIntegrity
  readonly form: IntegrityForm
  /** Whether the ETag of the stored bytes may be their MD5: it is undocumented with a customer's key. */
  readonly hasMd5Etag: boolean
  /** See `UploadProof`. */
  md5(): string | undefined | Promise<string | undefined>
}
