import type { Conditions } from '../../client/fields/conditions.js'
import { conditionFields } from '../../client/fields/conditions.js'
import type { ObjectAddress } from '../../client/fields/object-address.js'
import { objectAddressFields } from '../../client/fields/object-address.js'
import type { ObjectMetadata } from '../../client/fields/object-metadata.js'
import type { CustomerKey } from '../../client/fields/ssec.js'
import { customerKeyField } from '../../client/fields/ssec.js'
import type { ByteRange } from '../../client/objects/read-object.js'
import { rangeField } from '../../client/objects/read-object.js'
import { callback, type Fields, flag, integer, objectOf, oneOf } from '../../validation/index.js'
import type { TransferOptions } from '../handle/transfer.js'
import { transferOptionFields } from '../handle/transfer.js'
import { journalField, type Resumed, type TransferJournal } from '../journal.js'

/** The object to fetch, or a range of it. */
export interface DownloadInput extends ObjectAddress, Conditions {
  /** @defaultValue the whole object */
  readonly range?: ByteRange
  readonly ssec?: CustomerKey
}

/** Where to: one Uint8Array, a stream, or a file. */
export type DownloadTarget = 'bytes' | 'stream' | FileTarget

export interface FileTarget {
  /** What is there is replaced, atomically; a symbolic link is replaced too, not followed. */
  readonly path: string
}

export interface DownloadOptions extends TransferOptions {
  /**
   * Bytes that are requested in one request. @defaultValue 10 MiB, and 2 MiB for streams, whose ranges wait in memory for
   * their turn; less where the memory budget is small
   */
  readonly rangeSizeBytes?: number
  /**
   * Whether the whole object is compared with its ETag (or its CRC-64/NVME, where the ETag is no hash of the bytes). Each
   * range's version, place and length are checked in any case. @defaultValue true
   */
  readonly verify?: boolean
}

export interface BytesDownloadOptions extends DownloadOptions {
  /** Longest object that is taken; a longer one is `ResponseTooLarge`. The result is not part of the memory budget. @defaultValue 128 MiB */
  readonly maxBytes?: number
}

export interface StreamDownloadOptions extends DownloadOptions {
  /**
   * Most bytes that are fetched ahead of the reader, within the memory budget.
   *
   * @defaultValue twice what may be under way at the time; at most 32 MiB, and half the budget. A line that is long and loses packets may want more
   */
  readonly windowBytes?: number
}

export interface FileDownloadOptions extends DownloadOptions {
  /**
   * Where to record which ranges are in the temporary file, so that the same download resumes after a crash: `true` for
   * files in the user's home, a folder, or a store of your own. Without one nothing is left of a download that failed.
   * @defaultValue none
   */
  readonly journal?: boolean | string | TransferJournal
  /** Called once when an earlier run is resumed, before anything is fetched. */
  readonly onResume?: ((resumed: Resumed) => void) | undefined
  /**
   * What becomes of the temporary file when a download with a journal fails or is aborted: `keep` leaves it for the next run,
   * unless its bytes are of no use any more. Without a journal nothing is ever left behind. @defaultValue 'keep'
   */
  readonly onFailure?: 'keep' | 'discard'
  /** Whether file and folder are on disk (fsync) before the download counts as finished. @defaultValue false */
  readonly fsync?: boolean
  /** Leaves a file that exists alone; the error is `TargetExists`. @defaultValue false */
  readonly noClobber?: boolean
  /** Permissions of the file. @defaultValue those of the file that is replaced, else the process's usual ones */
  readonly mode?: number
}

/** What proved that the bytes are the object's. */
export type VerifiedBy = 'etag' | 'CRC64NVME'

/** The object's metadata, and what became of its bytes. */
export interface DownloadResult extends ObjectMetadata {
  /** How many bytes were delivered: `size`, or less for a range. */
  readonly bytes: number
  /** Undefined for a range, where it was switched off, and where R2 keeps nothing that could prove it. */
  readonly verifiedBy: VerifiedBy | undefined
  /** Bytes that an earlier run had fetched already. */
  readonly resumedBytes: number
}

export interface BytesDownloadResult extends DownloadResult {
  readonly body: Uint8Array
}

export const downloadInputField = objectOf<DownloadInput>('a download', {
  ...objectAddressFields,
  ...conditionFields,
  range: rangeField,
  ssec: customerKeyField,
})

const downloadOptionFields: Fields<DownloadOptions> = {
  ...transferOptionFields,
  rangeSizeBytes: integer(1),
  verify: flag,
}

const argument = { argument: 'options' } as const

export const bytesOptionsField = objectOf<BytesDownloadOptions>(
  'options of a download to bytes',
  { ...downloadOptionFields, maxBytes: integer(0) },
  argument,
)

export const streamOptionsField = objectOf<StreamDownloadOptions>(
  'options of a download to a stream',
  { ...downloadOptionFields, windowBytes: integer(1) },
  argument,
)

export const fileOptionsField = objectOf<FileDownloadOptions>(
  'options of a download to a file',
  {
    ...downloadOptionFields,
    journal: journalField,
    onResume: callback<(resumed: Resumed) => void>(),
    onFailure: oneOf('keep', 'discard'),
    fsync: flag,
    noClobber: flag,
    mode: integer(0, 0o7777),
  },
  argument,
)
