/** Replaces `node.ts` on platforms without a file system. Selected by the import condition `#transfer-files`. */
import { R2Error } from '../../errors/index.js'
import type { TransferJournal } from '../journal.js'

const noFiles = (): never => {
  throw new R2Error('InvalidInput', 'this platform has no files', { hint: 'Pass bytes, a Blob or a stream.' })
}

export const fileJournal = (_folder?: string): TransferJournal => noFiles()

/** Types only: this file must not load `node.ts`. */
type Files = typeof import('./node.js')

export const asFileError: Files['asFileError'] = () => noFiles()
export const systemCode: Files['systemCode'] = () => noFiles()
export const openFileSource: Files['openFileSource'] = async () => noFiles()
export const openFileIo: Files['openFileIo'] = () => noFiles()
export const fileNameOf: Files['fileNameOf'] = () => noFiles()
export const createPartialFile: Files['createPartialFile'] = async () => noFiles()
export const partialName: Files['partialName'] = () => noFiles()
export const removePartialFile: Files['removePartialFile'] = async () => noFiles()
export const takeOverPartialFile: Files['takeOverPartialFile'] = async () => noFiles()
export const inspectSmallTarget: Files['inspectSmallTarget'] = async () => noFiles()
export const requireFolder: Files['requireFolder'] = async () => noFiles()
export const SmallFile: Pick<Files['SmallFile'], 'open'> = { open: async () => noFiles() }
export const writeSmallFile: Files['writeSmallFile'] = async () => noFiles()
export const inspectTarget: Files['inspectTarget'] = async () => noFiles()
export const openTargetFolder: Files['openTargetFolder'] = () => noFiles()
export const refuseOtherSpelling: Files['refuseOtherSpelling'] = async () => noFiles()
export const walkFolder: Files['walkFolder'] = () => noFiles()
