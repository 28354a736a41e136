/** Storage in a folder: records in LMDB, bodies in files. Loaded only when a data folder is asked for. */
import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { type DataFolder, noteRecords, openDataFolder } from './data-folder.js'
import { DataFolderBusy, DataFolderDamaged, type FaultReporter } from './errors.js'
import { openFileBodies } from './file-bodies.js'
import { openLmdbKeyValue } from './lmdb-key-value.js'
import { findDamage } from './records-check.js'
import type { Storage } from './storage.js'
import { createTableStorage } from './table-storage.js'
import { blobReferences, garbage, tableNames } from './tables.js'

/** What this process has open: locks between processes do not tell one from itself. */
const openHere = new Set<string>()

export interface FileStorageOptions {
  /** Made if it does not exist. */
  readonly dataDir: string
  /**
   * True: a change resolves once it would survive a power cut. False: once it would survive the end of the process.
   * @defaultValue true
   */
  readonly durable?: boolean
  /** @defaultValue nothing */
  readonly onFault?: FaultReporter
}

export const openFileStorage = async ({ dataDir, durable = true, onFault }: FileStorageOptions): Promise<Storage> => {
  const folder = await openDataFolder(dataDir)
  if (openHere.has(folder.path)) throw new DataFolderBusy(folder.path, 'this process')
  openHere.add(folder.path)
  const cleanUps: (() => unknown)[] = [() => openHere.delete(folder.path)]
  const cleanUp = async () => {
    for (const step of cleanUps.splice(0).reverse()) await step()
  }
  try {
    await checkRecords(folder)
    const tables = openLmdbKeyValue({ path: folder.recordsPath, durable, tableNames })
    cleanUps.push(() => tables.close())
    const [other] = tables.otherProcesses()
    if (other !== undefined) throw new DataFolderBusy(folder.path, `process ${other}`)

    await noteRecords(folder)
    const bodies = await openFileBodies({ ...folder, durable })
    cleanUps.push(() => bodies.close())
    await bodies.recover((id) => tables.get(blobReferences, id) !== undefined)
    const leftOver = [...tables.scan(garbage, '0')].map(([id]) => id)
    for (const id of leftOver) await bodies.remove(id)
    await tables.transact((transaction) => {
      for (const id of leftOver) transaction.remove(garbage, id)
    })

    return createTableStorage(tables, bodies, cleanUp, onFault)
  } catch (error) {
    await cleanUp()
    throw error
  }
}

/**
 * LMDB ends the process where its files cannot be opened or mapped, so they are tried first.
 * @throws DataFolderDamaged with what is wrong, or what the system says. A folder whose first start was killed may have no
 *   records, or an empty file of them.
 */
const checkRecords = async ({ path, recordsPath, hasRecords }: DataFolder): Promise<void> => {
  const lockPath = `${recordsPath}-lock`
  if ((await kindOf(lockPath)) === 'other') throw new DataFolderDamaged(path, `${basename(lockPath)} is not a file`)
  // Makes the lock file, as LMDB would. Closing it again is safe only because this process does not have it open elsewhere.
  await (await open(lockPath, 'a+')).close()
  const damaged = (problem: string) =>
    new DataFolderDamaged(path, `${basename(recordsPath)}, its table of contents, ${problem}`)
  const kind = await kindOf(recordsPath)
  if (kind === 'other') throw damaged('is not a file')
  if (kind === 'missing' || kind === 'empty') {
    if (hasRecords) throw damaged(`is ${kind}`)
    return
  }
  await (await open(recordsPath, 'r+')).close()
  const damage = findDamage(recordsPath)
  if (damage !== undefined) throw damaged(`is broken: ${damage}`)
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
