/** What transfers do with files, on platforms that have them. Chosen by the import condition `#transfer-files`. */

export { asFileError } from './file-error.js'
export { type FileIo, openFileIo } from './file-io.js'
export { fileJournal } from './file-journal.js'
export { fileNameOf } from './file-name.js'
export { openFileSource } from './file-source.js'
export {
  createPartialFile,
  inspectTarget,
  partialName,
  removePartialFile,
  takeOverPartialFile,
} from './partial-file.js'
export { inspectSmallTarget, requireFolder, SmallFile, writeSmallFile } from './small-file.js'
export { systemCode } from './system-code.js'
export { openTargetFolder, refuseOtherSpelling } from './target-folder.js'
export { walkFolder } from './walk-folder.js'
