/** Journals as files: one per transfer, named after its id, in one folder. */
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { TransferJournal } from '../journal/journal.js'

/**
 * @param folder made when the first line is written. @defaultValue `.r2kit/journal` in the user's home
 */
export const createFileJournal = (folder: string = join(homedir(), '.r2kit', 'journal')): TransferJournal => {
  const pathOf = (id: string) => join(folder, `${id}.journal`)
  return {
    async read(id) {
      try {
        return await readFile(pathOf(id))
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    async append(id, line) {
      const file = await open(pathOf(id), 'a', 0o600).catch(async (error: unknown) => {
        if (!isMissing(error)) throw error
        await mkdir(folder, { recursive: true, mode: 0o700 })
        return open(pathOf(id), 'a', 0o600)
      })
      try {
        // In the page cache it survives the process. What a power cut takes is sent again, so there is no fsync.
        await file.writeFile(line)
      } finally {
        await file.close()
      }
    },
    remove: (id) => rm(pathOf(id), { force: true }),
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'
