/** One upload: what all of its steps need. */
import type { PartChecksumAlgorithm } from '../../client/fields/checksum.js'
import type { Integrity } from '../../client/fields/integrity.js'
import type { TransferContext } from '../context.js'
import type { TransferControl } from '../handle/transfer.js'
import type { ProgressWatch } from '../transfer-retries.js'
import type { Confirmation } from './confirmation.js'
import type { UploadInput, UploadOptions } from './options.js'

/** One call of `upload`. */
export interface UploadJob {
  readonly context: TransferContext
  readonly control: TransferControl
  readonly watch: ProgressWatch
  readonly input: UploadInput
  readonly options: UploadOptions
  /** The check that the caller chose, or the client's. */
  readonly integrity: Integrity
  readonly confirmation: Confirmation
  /** On the monotonic clock. */
  readonly startedMs: number
  /** Joins the reports of the transfer; undefined without listeners. */
  readonly transferId?: number | undefined
}

/** A multipart upload that exists on the server. */
export interface OpenUpload {
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
  /** The checksum of its parts; undefined where they are verified by their MD5, or not at all. */
  readonly algorithm: PartChecksumAlgorithm | undefined
  /** Whether it was created with this checksum, which the server stores with the object then. */
  readonly isDeclared: boolean
  /** Whether an earlier run created it, and may have completed it. */
  readonly isResumed?: boolean
}
