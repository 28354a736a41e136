/**
 * The engine behind `r2.transfers`, which loads it on first use; as a door of its own (`r2kit/transfers`) it has what a
 * program needs to bring its own journal.
 */
export { fileNameOf } from '#transfer-files'
export { createTransferContext, type TransferClient, type TransferContext } from './context.js'
export { downloadDirectory } from './directory/download-directory.js'
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
} from './directory/options.js'
export { uploadDirectory } from './directory/upload-directory.js'
export { download } from './download/download.js'
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
} from './download/options.js'
export type { Resumed, TransferJournal } from './journal/journal.js'
export {
  type Given,
  readDownload,
  readDownloadDirectory,
  readPath,
  readUpload,
  readUploadDirectory,
} from './read-inputs.js'
export { cleanUpUpload } from './upload/clean-up.js'
export type { UploadInput, UploadOptions, UploadResult, UploadSource } from './upload/options.js'
export { upload } from './upload/upload.js'
