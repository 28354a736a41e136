/** What transfers do with files, on platforms that have them. Chosen by the import condition `#transfer-files`. */
export { type FileCalls, openFileCalls } from './file-calls.js'
export { asFileError } from './file-error.js'
export { fileJournal } from './file-journal.js'
export { fileNameOf } from './file-name.js'
export { openFileSource } from './file-source.js'
export {
  createPartialFile,
  findPlace,
  partialName,
  removePartialFile,
  takeOverPartialFile,
} from './partial-file.js'
export { lookAt, requireFolder, SmallFile, writeSmallFile } from './small-file.js'
export { systemCode } from './system-code.js'
export { openTargetFolder, refuseOtherSpelling } from './target-folder.js'
export { walkFolder } from './walk-folder.js'
