/** Where there are no files. Chosen by the import condition `#transfer-files`. */
import { R2Error } from '../../errors/index.js'
import type { TransferJournal } from '../journal/journal.js'
import type { SlicedSource } from '../upload/source.js'

const noFiles = (): never => {
  throw new R2Error('InvalidInput', 'this platform has no files', { hint: 'Pass bytes, a Blob or a stream.' })
}

export const createFileJournal = (_folder?: string): TransferJournal => noFiles()

export const openFileSource = async (_path: string): Promise<SlicedSource> => noFiles()
