/** Storage in a folder: records in LMDB, bodies in files. Loaded on first use, because of LMDB. */
import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { type DataFolder, markRecordsCreated, openDataFolder } from './data-folder.js'
import { DataFolderBusy, DataFolderDamaged, type FaultReporter } from './errors.js'
import { openFileBodies } from './file-bodies.js'
import { openLmdbKeyValue } from './lmdb-key-value.js'
import { findDamage } from './records-check.js'
import type { Storage } from './storage.js'
import { createTableStorage } from './table-storage.js'
import { blobReferences, garbage, tableNames } from './tables.js'

/** The folders that this process has open: LMDB's locks only exclude other processes. */
const openFolders = new Set<string>()

export interface FileStorageOptions {
  /** Created if it does not exist. */
  readonly dataDir: string
  /**
   * Whether a change resolves when it would survive a power failure. With false, it resolves when it would survive the end of
   * the process.
   * @defaultValue true
   */
  readonly durable?: boolean
  /**
   * Must not throw.
   * @defaultValue ignores the errors
   */
  readonly onFault?: FaultReporter
}

/** See `createFileStorage`. */
export const openFileStorage = async ({ dataDir, durable = true, onFault }: FileStorageOptions): Promise<Storage> => {
  const folder = await openDataFolder(dataDir)
  if (openFolders.has(folder.path)) throw new DataFolderBusy(folder.path, 'this process')
  openFolders.add(folder.path)
  const cleanUps: (() => unknown)[] = [() => openFolders.delete(folder.path)]
  const cleanUp = async () => {
    for (const step of cleanUps.splice(0).reverse()) await step()
  }
  try {
    await checkRecords(folder)
    const tables = openLmdbKeyValue({ path: folder.recordsPath, durable, tableNames })
    cleanUps.push(() => tables.close())
    const [other] = tables.otherProcesses()
    if (other !== undefined) throw new DataFolderBusy(folder.path, `process ${other}`)

    await markRecordsCreated(folder)
    const bodies = await openFileBodies({ ...folder, durable })
    cleanUps.push(() => bodies.close())
    await bodies.recover((id) => tables.get(blobReferences, id) !== undefined)
    const unreferenced = [...tables.scan(garbage, '0')].map(([id]) => id)
    for (const id of unreferenced) await bodies.remove(id)
    await tables.transact((transaction) => {
      for (const id of unreferenced) transaction.remove(garbage, id)
    })

    return createTableStorage(tables, bodies, cleanUp, onFault)
  } catch (error) {
    await cleanUp()
    throw error
  }
}

/**
 * Checks the files that LMDB will open: it ends the process if it cannot open or map them. A missing or empty database is not
 * an error if the first start of the folder was killed.
 * @throws DataFolderDamaged, or the system's error if a file cannot be opened.
 */
const checkRecords = async ({ path, recordsPath, hasRecords }: DataFolder): Promise<void> => {
  const lockPath = `${recordsPath}-lock`
  if ((await kindOf(lockPath)) === 'other') throw new DataFolderDamaged(path, `${basename(lockPath)} is not a file`)
  // Creates the lock file, as LMDB would. Closing a file releases the process's locks on it, which is safe here because this
  // process does not have it open elsewhere.
  await (await open(lockPath, 'a+')).close()
  const damaged = (problem: string) => new DataFolderDamaged(path, `${basename(recordsPath)}, its database, ${problem}`)
  const kind = await kindOf(recordsPath)
  if (kind === 'other') throw damaged('is not a file')
  if (kind === 'missing' || kind === 'empty') {
    if (hasRecords) throw damaged(`is ${kind}`)
    return
  }
  await (await open(recordsPath, 'r+')).close()
  const damage = findDamage(recordsPath)
  if (damage !== undefined) throw damaged(`is corrupt: ${damage}`)
}

const kindOf = async (path: string): Promise<'file' | 'empty' | 'missing' | 'other'> => {
  try {
    const status = await stat(path)
    if (!status.isFile()) return 'other'
    return status.size === 0 ? 'empty' : 'file'
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'missing'
    throw error
  }
}
