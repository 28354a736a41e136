/** Input, target, options and result of a download: their types, and the check of what callers pass. */
import { type Conditions, conditionFields } from '../../client/fields/conditions.js'
import { checkObject, type ObjectAddress, objectAddressFields } from '../../client/fields/object-address.js'
import type { ObjectMetadata } from '../../client/fields/object-metadata.js'
import { type CustomerKey, customerKeyField } from '../../client/fields/ssec.js'
import type { VerifiedBy } from '../../client/fields/upload-proof.js'
import { type ByteRange, rangeField } from '../../client/objects/read-object.js'
import {
  callback,
  type Fields,
  flag,
  integer,
  type ObjectField,
  objectOf,
  oneOf,
  refuseInput,
} from '../../validation/index.js'
import { type ReadArguments, type TransferOptions, transferOptionFields } from '../handle/options.js'
import { journalField, type Resumed, type TransferJournal } from '../journal.js'

export type { VerifiedBy }

/** The object to download. The conditions hold for the version that is downloaded. */
export interface DownloadInput extends ObjectAddress, Conditions {
  /** The bytes to download. @defaultValue the whole object */
  readonly range?: ByteRange | undefined
  /** The key of an object that is encrypted with a customer's key. @defaultValue none */
  readonly ssec?: CustomerKey | undefined
}

/** Where the bytes go: into one Uint8Array, to a stream, or to a file. */
export type DownloadTarget = 'bytes' | 'stream' | FileTarget

/** A file as the target of a download. */
export interface FileTarget {
  /**
   * Path of the file, in an existing folder. An existing file is replaced atomically. A symbolic link is replaced, too, and not
   * followed.
   */
  readonly path: string
}

/** Options of every download. */
export interface DownloadOptions extends TransferOptions {
  /**
   * Size in bytes of the ranges that are requested. @defaultValue 10_485_760 (10 MiB); for streams, whose ranges wait in memory
   * for their turn, 2_097_152 (2 MiB) or an eighth of a smaller memory budget
   */
  readonly rangeSizeBytes?: number | undefined
  /**
   * Whether the whole object is compared with its stored checksum, or with its ETag where it has none. Version, position and length
   * of each range are checked in any case. @defaultValue true, unless the client has `integrity: 'none'`
   */
  readonly verify?: boolean | undefined
}

/** Options of a download to bytes. */
export interface BytesDownloadOptions extends DownloadOptions {
  /**
   * Longest object in bytes; a longer one fails with `ResponseTooLarge`. The resulting array is not part of the memory budget.
   * @defaultValue 134_217_728 (128 MiB)
   */
  readonly maxBytes?: number | undefined
}

/** Options of a download to a stream. */
export interface StreamDownloadOptions extends DownloadOptions {
  /**
   * Most bytes that are fetched ahead of the reader, within the memory budget. A network with a long round-trip time and packet
   * loss may need more than the default. @defaultValue twice the requests that may be in flight at the time; at most
   * 33_554_432 (32 MiB), and at most half the memory budget
   */
  readonly windowBytes?: number | undefined
}

/** Options of a download to a file. */
export interface FileDownloadOptions extends DownloadOptions {
  /**
   * Where to record the ranges that are in the temporary file, so that the same download resumes after a crash: `true` for files
   * in the user's home folder, the path of a folder, or a store of your own. Without a journal, a failed download leaves
   * nothing behind. @defaultValue none
   */
  readonly journal?: boolean | string | TransferJournal | undefined
  /** Called once when an earlier run is resumed, before anything is fetched. @defaultValue none */
  readonly onResume?: ((resumed: Resumed) => void) | undefined
  /**
   * What happens to the temporary file when a download with a journal fails or is aborted: `keep` leaves it for the next run,
   * unless that run could not use its bytes. Without a journal nothing is left behind in any case. @defaultValue 'keep'
   */
  readonly onFailure?: 'keep' | 'discard' | undefined
  /** Whether file and folder are flushed to disk (fsync) before the download resolves. @defaultValue false */
  readonly fsync?: boolean | undefined
  /** Whether an existing file is left alone; the error is `TargetExists`. @defaultValue false */
  readonly noClobber?: boolean | undefined
  /** Permissions of the file, from 0 to 0o7777. @defaultValue those of the replaced file, else those of the process */
  readonly mode?: number | undefined
}

/** The metadata of the object, and what was done with its bytes. */
export interface DownloadResult extends ObjectMetadata {
  /** Number of bytes that were delivered: `size`, or less for a range. */
  readonly bytes: number
  /** Undefined for a range, with `verify: false`, and where R2 stores nothing that could prove the bytes. */
  readonly verifiedBy: VerifiedBy | undefined
  /** Bytes that were reused from an earlier run. */
  readonly resumedBytes: number
}

/** The result of a download to bytes. */
export interface BytesDownloadResult extends DownloadResult {
  /** The bytes. */
  readonly body: Uint8Array<ArrayBuffer>
}

const downloadInputField = objectOf<DownloadInput>('a download', {
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

const bytesOptionsField = objectOf<BytesDownloadOptions>(
  'options of a download to bytes',
  { ...downloadOptionFields, maxBytes: integer(0) },
  argument,
)

const streamOptionsField = objectOf<StreamDownloadOptions>(
  'options of a download to a stream',
  { ...downloadOptionFields, windowBytes: integer(1) },
  argument,
)

const fileOptionsField = objectOf<FileDownloadOptions>(
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

const reading =
  <Options>(optionsField: ObjectField<Options>): ReadArguments<DownloadInput, Options> =>
  (given, rules) => {
    const input = downloadInputField.read(given.input, '', refuseInput)
    checkObject(input, rules)
    return { input, options: optionsField.read(given.options, '', refuseInput) }
  }

/** Checks the arguments of a download, by its target. */
export const readDownload = {
  bytes: reading(bytesOptionsField),
  stream: reading(streamOptionsField),
  file: reading(fileOptionsField),
}
