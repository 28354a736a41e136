/** One upload: what all of its steps need. */
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
  /** Whether it was created with a CRC-64/NVME of the whole object. */
  readonly fullObjectChecksum: boolean
  /** Whether an earlier run created it, and may have completed it. */
  readonly isResumed?: boolean
}
