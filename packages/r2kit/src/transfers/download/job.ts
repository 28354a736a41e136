import type { ObjectMetadata } from '../../client/fields/object-metadata.js'
import type { ObjectVersion } from '../../client/objects/pinned-range.js'
import type { Permit } from '../adaptive-limit.js'
import type { TransferContext } from '../context.js'
import type { TransferControl } from '../handle/transfer.js'
import type { ProgressWatch } from '../transfer-retries.js'
import type { DownloadInput, DownloadOptions } from './options.js'

/** One call of `download`: what all its steps need. */
export interface DownloadJob<Options extends DownloadOptions = DownloadOptions> {
  readonly context: TransferContext
  readonly control: TransferControl
  readonly watch: ProgressWatch
  readonly input: DownloadInput
  readonly options: Options
  readonly rangeSizeBytes: number
}

/** Bytes of the object; `offset` counts from its start, whatever part of it was asked for. */
export interface Range {
  readonly offset: number
  readonly length: number
}

/** A request for a range that is under way. */
export interface OpenRange extends Range {
  readonly body: ReadableStream<Uint8Array>
  readonly permit: Permit
}

/** An object whose version is known, so that everything from here on is pinned to it. */
export interface OpenObject {
  readonly metadata: ObjectMetadata
  readonly version: ObjectVersion
  /** What is to be delivered. */
  readonly wanted: Range
  /** The response that told of the version carries the first bytes. */
  readonly first: OpenRange | undefined
}

/** Where ranges are put as they arrive, in any order. Positions count from the start of what is wanted. */
export interface RangeStore {
  /** A promise where the bytes are needed until it has resolved; undefined where they have been copied already. */
  write(position: number, bytes: Uint8Array): Promise<void> | undefined
  /** Exactly these bytes, which were written before; they hold until the next read, and there is one at a time. */
  read(position: number, length: number): Promise<Uint8Array>
}
