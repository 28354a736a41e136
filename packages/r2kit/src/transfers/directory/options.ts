/** Inputs, options and results of transfers of many files: their types, and the check of what callers pass. */

import { checkDescription, descriptionFields, type ObjectDescription } from '../../client/fields/description.js'
import { type Integrity, integrityField } from '../../client/fields/integrity.js'
import { type CustomerKey, customerKeyField } from '../../client/fields/ssec.js'
import type { VerifiedBy } from '../../client/fields/upload-proof.js'
import type { R2Error } from '../../errors/index.js'
import {
  anyText,
  callback,
  checkBucketName,
  eitherOf,
  type Fields,
  flag,
  integer,
  objectOf,
  refuseInput,
  required,
  text,
} from '../../validation/index.js'
import { path } from '../../validation/path-field.js'
import type { WalkSkipReason } from '../files/walk-folder.js'
import { type ReadArguments, type TransferOptions, transferOptionFields } from '../handle/options.js'
import { journalField, type Resumed, type TransferJournal } from '../journal.js'

/** The objects of a transfer of many files. */
export interface DirectoryAddress {
  /** The bucket. */
  readonly bucket: string
  /** Prefix of the keys; a `/` is added at the end where it has none. @defaultValue none: the whole bucket */
  readonly prefix?: string | undefined
}

/** The objects to make. The description holds for all of them. */
export interface UploadDirectoryInput extends DirectoryAddress, Omit<ObjectDescription, 'contentType'> {
  /**
   * Content type of all objects, or a function that returns it for a key. @defaultValue none; R2 then returns
   * `application/octet-stream`
   */
  readonly contentType?: string | ((key: string) => string | undefined) | undefined
  /**
   * The checksum that guards the files and is stored with the objects. `sha1` and `sha256` fail for files that are uploaded in parts.
   * @defaultValue that of the client: `crc32`
   */
  readonly integrity?: Integrity | undefined
}

/** The objects to download. */
export interface DownloadDirectoryInput extends DirectoryAddress {
  /** The key of objects that are encrypted with a customer's key. @defaultValue none */
  readonly ssec?: CustomerKey | undefined
}

/** Options of transfers of many files. In their progress, `parts` counts files. */
export interface DirectoryOptions extends TransferOptions {
  /** Most files in progress. Their requests share the limit of the client. @defaultValue the client's `maxConcurrency` */
  readonly concurrency?: number | undefined
  /**
   * Most files of 16 MiB and more in progress, besides the smaller ones, so that neither kind waits for the other.
   * @defaultValue 8
   */
  readonly largeConcurrency?: number | undefined
  /** Returns whether to transfer a file. Other files are counted as `filtered`, and not reported. @defaultValue all files */
  readonly filter?: ((file: DirectoryFile) => boolean | Promise<boolean>) | undefined
  /**
   * Called with the result of each file, in completion order. Awaited, so a slow callback applies backpressure. An exception in
   * it fails the transfer. @defaultValue none
   */
  readonly onResult?: ((result: FileResult) => void | Promise<void>) | undefined
  /** Whether existing targets are left alone; they are skipped with the reason `exists`. @defaultValue false */
  readonly noClobber?: boolean | undefined
  /** Whether to report the files that would be transferred, as `planned`, and transfer none. @defaultValue false */
  readonly dryRun?: boolean | undefined
  /**
   * Where to record transferred parts, as in single uploads and downloads. Only files of 16 MiB and more use it; when one fails,
   * its parts are kept for the next run. @defaultValue none
   */
  readonly journal?: boolean | string | TransferJournal | undefined
  /** Called once for each file that an earlier run has transferred in part. @defaultValue none */
  readonly onResume?: ((file: DirectoryFile, resumed: Resumed) => void) | undefined
}

/** Options of `r2.transfers.uploadDirectory`. */
export interface UploadDirectoryOptions extends DirectoryOptions {
  /**
   * Whether to upload what symbolic links point to. Otherwise they are skipped. Links that form a loop are detected and skipped.
   * @defaultValue false
   */
  readonly followLinks?: boolean | undefined
}

/** A file and its object. */
export interface DirectoryFile {
  /** Path of the file on this machine. */
  readonly path: string
  /** Key of the object. */
  readonly key: string
}

/** The result of one file or object, by its `status`. `planned` results are those of a dry run. */
export type FileResult =
  | ({ readonly status: 'planned'; readonly bytes: number } & DirectoryFile)
  | FileDone
  | FileSkipped
  | FileFailed

/** A file that was transferred and verified. */
export interface FileDone extends DirectoryFile {
  /** Distinguishes this result from the others. */
  readonly status: 'done'
  /** Length in bytes. */
  readonly bytes: number
  /** ETag of the object, without quotes. */
  readonly etag: string
  /** Bytes that were reused from an earlier run. */
  readonly resumedBytes: number
  /** The stored value that proved the bytes. Undefined where R2 stores none; only the length was compared then. */
  readonly verifiedBy: VerifiedBy | undefined
}

/** A file that was left out for a reason that is no failure. */
export interface FileSkipped extends Partial<DirectoryFile> {
  /** Distinguishes this result from the others. */
  readonly status: 'skipped'
  /** `exists` for an existing target with `noClobber`; the other reasons concern entries of a local folder. */
  readonly reason: WalkSkipReason | 'exists'
}

/** A file that could not be transferred. */
export interface FileFailed extends Partial<DirectoryFile> {
  /** Distinguishes this result from the others. */
  readonly status: 'failed'
  /** `UnsafePath` for a key that is no file name here, or a name that is no key; `FileUnavailable` for an error of the file system. */
  readonly error: R2Error
}

/** The result of a transfer of many files. Each file counts once, in one of the first five fields. */
export interface DirectorySummary {
  /** Files that were transferred and verified. */
  readonly done: number
  /** Files that would be transferred, in a dry run. */
  readonly planned: number
  /** Files that were left out for a reason that is no failure. */
  readonly skipped: number
  /** Files that could not be transferred. */
  readonly failed: number
  /** Files that `filter` left out. */
  readonly filtered: number
  /** Bytes of the files that are done or planned. */
  readonly bytes: number
  /** The share of `bytes` that was reused from an earlier run. */
  readonly resumedBytes: number
}

const addressFields: Fields<DirectoryAddress> = { bucket: required(anyText), prefix: text }

const uploadDirectoryInputField = objectOf<UploadDirectoryInput>('an upload of a folder', {
  ...descriptionFields,
  ...addressFields,
  integrity: integrityField,
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

const downloadDirectoryInputField = objectOf<DownloadDirectoryInput>('a download of a folder', {
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

const directoryOptionsField = objectOf<DirectoryOptions>("a folder's options", directoryOptionFields, {
  argument: 'options',
})

const uploadDirectoryOptionsField = objectOf<UploadDirectoryOptions>(
  "a folder's options",
  { ...directoryOptionFields, followLinks: flag },
  { argument: 'options' },
)

/** Checks the arguments of an upload of a folder. */
export const readUploadDirectory: ReadArguments<UploadDirectoryInput, UploadDirectoryOptions> = (given, rules) => {
  const input = uploadDirectoryInputField.read(given.input, '', refuseInput)
  checkBucketName(input.bucket, rules)
  // The result of a function is checked with each object.
  if (typeof input.contentType !== 'function') checkDescription(input as ObjectDescription, rules)
  return { input, options: uploadDirectoryOptionsField.read(given.options, '', refuseInput) }
}

/** Checks the arguments of a download of a folder. */
export const readDownloadDirectory: ReadArguments<DownloadDirectoryInput, DirectoryOptions> = (given, rules) => {
  const input = downloadDirectoryInputField.read(given.input, '', refuseInput)
  checkBucketName(input.bucket, rules)
  return { input, options: directoryOptionsField.read(given.options, '', refuseInput) }
}

/** Checks the path of the folder. */
export const readFolderPath = (given: unknown): string => path.read(given, 'path', refuseInput)
