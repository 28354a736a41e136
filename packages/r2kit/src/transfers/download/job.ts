/** One download: what all of its steps need, and its result. */
import type { ObjectMetadata } from '../../client/fields/object-metadata.js'
import type { VerifiedBy } from '../../client/fields/upload-proof.js'
import type { ObjectVersion } from '../../client/objects/pinned-range.js'
import type { Permit } from '../adaptive-limit.js'
import type { TransferContext } from '../context.js'
import type { TransferControl } from '../handle/transfer.js'
import type { ProgressWatch } from '../transfer-retries.js'
import type { DownloadInput, DownloadOptions, DownloadResult } from './options.js'

/** One call of `download`. */
export interface DownloadJob<Options extends DownloadOptions = DownloadOptions> {
  readonly context: TransferContext
  readonly control: TransferControl
  readonly watch: ProgressWatch
  readonly input: DownloadInput
  readonly options: Options
  readonly rangeSizeBytes: number
  /** Joins the reports of the transfer; undefined without listeners. */
  readonly transferId?: number | undefined
}

/** Bytes of the object. `offset` counts from its start, whichever range was asked for. */
export interface Range {
  readonly offset: number
  readonly length: number
}

/** A range whose response is open. */
interface OpenRange extends Range {
  readonly body: ReadableStream<Uint8Array>
  readonly permit: Permit
}

/** An object whose version is known; all further requests are pinned to that version. */
export interface OpenObject {
  readonly metadata: ObjectMetadata
  readonly version: ObjectVersion
  /** The bytes to deliver. */
  readonly wanted: Range
  /** The response that showed the version, with the first bytes; undefined after a HEAD. */
  readonly first: OpenRange | undefined
}

/** A store for ranges, which arrive in any order. Positions count from the start of the wanted bytes. */
export interface RangeStore {
  /** Returns a promise if it needs the bytes until that resolves; undefined if it has copied them. */
  write(position: number, bytes: Uint8Array): Promise<void> | undefined
  /** Reads bytes that were written before. They are valid until the next read; reads do not overlap. */
  read(position: number, length: number): Promise<Uint8Array>
}

export const resultOf = (
  { metadata, wanted, version }: OpenObject,
  verifiedBy: VerifiedBy | undefined,
  resumedBytes = 0,
): DownloadResult => ({
  ...metadata,
  // The metadata has the range of the first response, which the caller did not ask for.
  contentRange: wanted.length === version.size ? undefined : { ...wanted, total: version.size },
  bytes: wanted.length,
  verifiedBy,
  resumedBytes,
})
