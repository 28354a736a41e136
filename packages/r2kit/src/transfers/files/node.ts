/** What transfers do with files, on platforms that have them. Chosen by the import condition `#transfer-files`. */
export { createFileJournal } from './file-journal.js'
export { openFileSource } from './file-source.js'
export { createPartialFile, findPlace, partialName, removePartialFile, takeOverPartialFile } from './partial-file.js'
