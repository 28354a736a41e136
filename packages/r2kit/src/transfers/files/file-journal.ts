/** Journals as files: one per transfer, named after its ID, in one folder. */

import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { refuseInput } from '../../validation/index.js'
import { path as pathField } from '../../validation/path-field.js'
import type { TransferJournal } from '../journal.js'
import { asFileError, failing, systemCode } from './file-error.js'

/**
 * Returns a journal in files: one file per transfer, named after the transfer's ID. Lines survive a crash of the process, not
 * always a power failure; lost ones are transferred again.
 *
 * @param folder created when the first line is written. @defaultValue `.r2kit/journal` in the user's home folder
 * @throws R2Error `InvalidInput` if `folder` is no path; later, as a rejection, `FileUnavailable` if it cannot be read or written
 * @example await r2.transfers.upload({ path: 'film.mp4' }, { bucket, key: 'film.mp4' }, { journal: fileJournal('./journals') })
 */
export const fileJournal = (folder: string = join(homedir(), '.r2kit', 'journal')): TransferJournal => {
  pathField.read(folder, 'folder', refuseInput)
  const pathOf = (id: string) => join(folder, `${id}.journal`)
  return {
    async read(id) {
      try {
        return await readFile(pathOf(id))
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return undefined
        throw asFileError(error, { action: 'read', path: pathOf(id), field: 'journal' })
      }
    },
    append: (id, line) => append(folder, pathOf(id), line).catch(failing(writing(pathOf(id)))),
    remove: (id) => rm(pathOf(id), { force: true }).catch(failing(writing(pathOf(id)))),
  }
}

const writing = (path: string) => ({ action: 'write', path, field: 'journal' }) as const

const append = async (folder: string, path: string, line: Uint8Array): Promise<void> => {
  const file = await open(path, 'a', 0o600).catch(async (error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw error
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return open(path, 'a', 0o600)
  })
  try {
    // No fsync: in the page cache the line survives the process, and lines lost to a power failure are transferred again.
    await file.writeFile(line)
  } finally {
    await file.close()
  }
}
