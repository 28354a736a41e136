/** The engine behind `r2.transfers`, which loads it on first use. Internal: no entry point publishes it. */
export { createTransferContext } from './context.js'
export { downloadDirectory } from './directory/download-directory.js'
export { uploadDirectory } from './directory/upload-directory.js'
export { download } from './download/download.js'
export {
  readDownload,
  readDownloadDirectory,
  readPath,
  readUpload,
  readUploadDirectory,
} from './read-inputs.js'
export { cleanUpUpload } from './upload/clean-up.js'
export { upload } from './upload/upload.js'
