import type { TransferContext } from '../context.js'
import type { TransferControl } from '../handle/transfer.js'
import { type ProgressWatch, retryPart } from '../transfer-retries.js'
import type { Confirmation } from './confirmation.js'
import type { UploadInput, UploadOptions } from './options.js'

/** One call of `upload`: what all its steps need. */
export interface UploadJob {
  readonly context: TransferContext
  readonly control: TransferControl
  readonly watch: ProgressWatch
  readonly input: UploadInput
  readonly options: UploadOptions
  readonly confirmation: Confirmation
  /** On the monotonic clock. */
  readonly startedMs: number
}

/** An upload that the server knows. */
export interface OpenUpload {
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
  /** Whether it was created with a CRC-64/NVME for the whole object. */
  readonly fullObjectChecksum: boolean
  /** Whether an earlier run created it, and may have completed it. */
  readonly isResumed?: boolean
}

/** Repeats a request about the upload as patiently as a part is repeated. */
export const patiently = <T>(
  { context, control, watch }: Pick<UploadJob, 'context' | 'control' | 'watch'>,
  work: () => Promise<T>,
): Promise<T> => retryPart(context, { watch, signal: control.signal }, work)
