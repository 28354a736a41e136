import type { ObjectDescription } from '../../client/fields/description.js'
import { descriptionFields } from '../../client/fields/description.js'
import type { CustomerKey } from '../../client/fields/ssec.js'
import { customerKeyField } from '../../client/fields/ssec.js'
import type { R2Error } from '../../errors/index.js'
import {
  anyText,
  callback,
  eitherOf,
  type Fields,
  flag,
  integer,
  objectOf,
  required,
  text,
} from '../../validation/index.js'
import type { VerifiedBy } from '../download/options.js'
import type { WalkSkipReason } from '../files/walk-folder.js'
import type { TransferOptions } from '../handle/transfer.js'
import { transferOptionFields } from '../handle/transfer.js'
import { journalField, type Resumed, type TransferJournal } from '../journal.js'

/** Where the objects are. */
export interface DirectoryAddress {
  readonly bucket: string
  /** The folder in the bucket; a `/` is added at its end where it has none. @defaultValue the whole bucket */
  readonly prefix?: string
}

/** The objects to make; the description holds for all. */
export interface UploadDirectoryInput extends DirectoryAddress, Omit<ObjectDescription, 'contentType'> {
  /** For all, or for each by its key. @defaultValue none, which R2 returns as `application/octet-stream` */
  readonly contentType?: string | ((key: string) => string | undefined)
}

export interface DownloadDirectoryInput extends DirectoryAddress {
  readonly ssec?: CustomerKey
}

/** Options of transfers of many files. Of their progress, `parts` are files. */
export interface DirectoryOptions extends TransferOptions {
  /**
   * Files at a time; the requests of all transfers of the client share one limit below that. @defaultValue as many as the
   * client's transfers may have requests (`maxConcurrency`)
   */
  readonly concurrency?: number
  /** Files from 16 MiB at a time, beside the others, so that neither kind waits behind the other. @defaultValue 8 */
  readonly largeConcurrency?: number
  /** Which files to transfer. The others are counted in the summary and not reported one by one. @defaultValue all */
  readonly filter?: (file: DirectoryFile) => boolean | Promise<boolean>
  /**
   * Called with the result of each file, in completion order. Awaited, so a slow callback applies backpressure. An exception
   * in it fails the transfer.
   */
  readonly onResult?: (result: FileResult) => void | Promise<void>
  /** Leaves what exists at the target alone; it is skipped as `exists`. @defaultValue false */
  readonly noClobber?: boolean
  /** Reports what would be done (results are `planned`), and does nothing. @defaultValue false */
  readonly dryRun?: boolean
  /**
   * As for single uploads and downloads. Only files from 16 MiB use it, and what has arrived of them is kept for the next run
   * when they fail. @defaultValue none
   */
  readonly journal?: boolean | string | TransferJournal
  /** Called once for each file of which an earlier run has moved a part. */
  readonly onResume?: (file: DirectoryFile, resumed: Resumed) => void
}

export interface UploadDirectoryOptions extends DirectoryOptions {
  /** Uploads what symbolic links point to; otherwise they are skipped. Loops are found and skipped. @defaultValue false */
  readonly followLinks?: boolean
}

export interface DirectoryFile {
  /** On this machine. */
  readonly path: string
  readonly key: string
}

/** How one file or object fared. */
export type FileResult =
  | ({ readonly status: 'planned'; readonly bytes: number } & DirectoryFile)
  | FileDone
  | FileSkipped
  | FileFailed

export interface FileDone extends DirectoryFile {
  readonly status: 'done'
  readonly bytes: number
  /** Bare. */
  readonly etag: string
  /** Bytes that an earlier run had moved already. */
  readonly resumedBytes: number
  /** What every byte was compared with; undefined where R2 keeps nothing that could prove them, and the length was. */
  readonly verifiedBy: VerifiedBy | undefined
}

/**
 * Left out, for a reason that is no failure: a symbolic link, one that leads back to a folder that holds it, a device, pipe
 * or socket, a folder without content (R2 has objects only), a target that exists.
 */
export interface FileSkipped extends Partial<DirectoryFile> {
  readonly status: 'skipped'
  readonly reason: WalkSkipReason | 'exists'
}

/** `UnsafePath` where a key cannot be a file name here or a name no key; `FileUnavailable` where the system refuses. */
export interface FileFailed extends Partial<DirectoryFile> {
  readonly status: 'failed'
  readonly error: R2Error
}

/** Every file that was found is counted once in the first five. */
export interface DirectorySummary {
  /** Transferred and verified. */
  readonly done: number
  readonly planned: number
  readonly skipped: number
  readonly failed: number
  /** Left out by `filter`. */
  readonly filtered: number
  /** Of the files that are done or planned. */
  readonly bytes: number
  /** Of these, bytes that an earlier run had moved already. */
  readonly resumedBytes: number
}

const addressFields: Fields<DirectoryAddress> = { bucket: required(anyText), prefix: text }

export const uploadDirectoryInputField = objectOf<UploadDirectoryInput>('an upload of a folder', {
  ...descriptionFields,
  ...addressFields,
  contentType: eitherOf<string | ((key: string) => string | undefined)>(
    'a content type, or a function of the key',
    "Pass a string such as 'text/plain'.",
    (value) =>
      typeof value === 'string'
        ? anyText
        : typeof value === 'function'
          ? callback<(key: string) => string>()
          : undefined,
  ),
})

export const downloadDirectoryInputField = objectOf<DownloadDirectoryInput>('a download of a folder', {
  ...addressFields,
  ssec: customerKeyField,
})

const directoryOptionFields: Fields<DirectoryOptions> = {
  ...transferOptionFields,
  concurrency: integer(1),
  largeConcurrency: integer(1),
  filter: callback<NonNullable<DirectoryOptions['filter']>>(),
  onResult: callback<NonNullable<DirectoryOptions['onResult']>>(),
  noClobber: flag,
  dryRun: flag,
  journal: journalField,
  onResume: callback<NonNullable<DirectoryOptions['onResume']>>(),
}

export const directoryOptionsField = objectOf<DirectoryOptions>("a folder's options", directoryOptionFields, {
  argument: 'options',
})

export const uploadDirectoryOptionsField = objectOf<UploadDirectoryOptions>(
  "a folder's options",
  { ...directoryOptionFields, followLinks: flag },
  { argument: 'options' },
)
