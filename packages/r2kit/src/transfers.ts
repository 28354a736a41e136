/**
 * `r2kit/transfers`: the types of `r2.transfers`, the journal in files, and the rule for keys as file names. The engine is not
 * exported: `r2.transfers` loads it on first use.
 */
export { fileJournal, fileNameOf } from '#transfer-files'
export type {
  DirectoryAddress,
  DirectoryFile,
  DirectoryOptions,
  DirectorySummary,
  DownloadDirectoryInput,
  FileDone,
  FileFailed,
  FileResult,
  FileSkipped,
  UploadDirectoryInput,
  UploadDirectoryOptions,
} from './transfers/directory/options.js'
export type {
  BytesDownloadOptions,
  BytesDownloadResult,
  DownloadInput,
  DownloadOptions,
  DownloadResult,
  DownloadTarget,
  FileDownloadOptions,
  FileTarget,
  StreamDownloadOptions,
  VerifiedBy,
} from './transfers/download/options.js'
export type { FileName } from './transfers/files/file-name.js'
export type { WalkSkipReason } from './transfers/files/walk-folder.js'
export type { Resumed, TransferJournal } from './transfers/journal.js'
export type {
  CompletingUpload,
  UploadInput,
  UploadOptions,
  UploadResult,
  UploadSource,
} from './transfers/upload/options.js'
