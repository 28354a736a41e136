import type { R2EventError } from './event-error.js'

/** The fields of every event about a transfer. */
export interface TransferFields {
  /** Identifies the transfer in this process: equal in all events of the transfer, and unique among all clients. */
  readonly transferId: number
  /** Bucket of the object. */
  readonly bucket: string
  /** Key of the object. */
  readonly key: string
}

/** The transfer of one object has begun, by `r2.transfers`. */
export interface TransferStarted extends TransferFields {
  readonly type: 'transfer.started'
  readonly direction: 'upload' | 'download'
}

/** The transfer of one object has ended. */
export interface TransferEnded extends TransferFields {
  readonly type: 'transfer.ended'
  readonly direction: 'upload' | 'download'
  /** Whether the caller received a result. */
  readonly outcome: 'success' | 'failure'
  /** Milliseconds from `transfer.started`, with pauses. */
  readonly durationMs: number
  /** Bytes that are stored or delivered; for a failure those that had been moved. `resumedBytes` included. */
  readonly bytes: number
  /** Bytes that were reused from an earlier run. */
  readonly resumedBytes: number
  /** Parts or ranges that were finished. */
  readonly parts: number
  /** Undefined for a success. */
  readonly error: R2EventError | undefined
}

/** A request of a transfer has failed, and the engine sends it again: a part, a range, a completion. */
export interface TransferRetried {
  readonly type: 'transfer.retried'
  /** Undefined for the clean-up of an upload that a guard aborts. */
  readonly transferId: number | undefined
  /** S3's name of the operation that failed; undefined where the failure was no request's. */
  readonly operation: string | undefined
  readonly bucket: string | undefined
  readonly key: string | undefined
  /** Number of the attempt that failed, from 1. */
  readonly attempt: number
  /** Milliseconds until the next attempt. */
  readonly delayMs: number
  readonly error: R2EventError
}

/** The fields of every event about a multipart upload, whether the engine or the application drives it. */
export interface UploadFields {
  readonly bucket: string
  readonly key: string
  /** ID of the upload, which joins its events. */
  readonly uploadId: string
}

/** R2 has created a multipart upload. */
export interface MultipartCreated extends UploadFields {
  readonly type: 'multipart.created'
}

/** A multipart upload has become an object. */
export interface MultipartCompleted extends UploadFields {
  readonly type: 'multipart.completed'
  /** Number of its parts. */
  readonly parts: number
  /** Size of the object; undefined for an upload that the application drives by `r2.multipart`. */
  readonly bytes: number | undefined
}

/** R2 has aborted a multipart upload, and deletes its parts. Repeated where a part arrived after the first abort. */
export interface MultipartAborted extends UploadFields {
  readonly type: 'multipart.aborted'
}

/** An unfinished upload could not be aborted. R2 stores its parts, and bills them, until it is. */
export interface MultipartAbortFailed extends UploadFields {
  readonly type: 'multipart.abortFailed'
  readonly error: R2EventError | undefined
}

/** A non-fatal problem of a transfer, as `transfers.onWarning` receives it. */
export interface TransferWarned {
  readonly type: 'transfer.warned'
  readonly message: string
  readonly error: R2EventError | undefined
}

/** The events of transfers and multipart uploads. */
export type TransferEvent =
  | TransferStarted
  | TransferEnded
  | TransferRetried
  | MultipartCreated
  | MultipartCompleted
  | MultipartAborted
  | MultipartAbortFailed
  | TransferWarned
