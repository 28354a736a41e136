/** The facts about an error code. */

/** The topic of an error. Programs usually branch on `kind`, and on `code` where they need the exact cause. */
export type R2ErrorKind =
  | 'Config'
  | 'Validation'
  | 'Auth'
  | 'Bucket'
  | 'Object'
  | 'Multipart'
  | 'Network'
  | 'Server'
  | 'Transfer'
  | 'Conflict'
  | 'Presign'
  | 'CircuitOpen'
  | 'Aborted'

/** One row of the table: the facts about an error code. */
export interface ErrorEntry {
  /** Topic of the error. */
  readonly kind: R2ErrorKind
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean
  /**
   * Whether the server may have carried out the request that failed. Set for codes without a clear response, and for responses
   * that R2 also sends after it has acted. With any other code R2 rejected the request, or never received it.
   *
   * @defaultValue false
   */
  readonly mayHaveActed?: boolean
  /** S3 codes, as R2 sends them, that become this code. */
  readonly s3Codes?: readonly string[]
  /** R2's number for the error, from its error-code page. */
  readonly r2Number?: number | undefined
  /** Advice in whole sentences. Absent where no advice fits every error with this code. */
  readonly hint?: string | undefined
}
