/**
 * The data folder: what is in it and whose it is.
 *
 *     r2kit-local.json   marker, with the version of this layout
 *     records.mdb        LMDB (and its lock file)
 *     incoming/          bodies that no committed record is known to refer to
 *     blobs/             bodies that records refer to
 */
import { mkdir, open, readdir, readFile, realpath, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DataFolderForeign } from './errors.js'

const layoutVersion = 1
const markerName = 'r2kit-local.json'
/** Left by a start that was killed before its marker was whole. */
const unfinishedMarkerName = `${markerName}.new`

export interface DataFolder {
  /** The same for every way to name this folder. */
  readonly path: string
  readonly recordsPath: string
  readonly incomingDir: string
  readonly blobsDir: string
  /** Whether records have been made: then their absence is damage, and not a folder that is new. */
  readonly hasRecords: boolean
}

/** Makes the folder if need be. Throws `DataFolderForeign` for one that has other things in it. */
export const openDataFolder = async (dataDir: string): Promise<DataFolder> => {
  await mkdir(dataDir, { recursive: true })
  const path = await realpath(dataDir)
  const names = await readdir(path)
  let hasRecords = false
  if (names.includes(markerName)) hasRecords = await checkMarker(path)
  else if (names.every((name) => name === unfinishedMarkerName)) await writeMarker(path, false)
  else throw new DataFolderForeign(path, `it is neither empty nor made by this program (no ${markerName})`)
  const incomingDir = join(path, 'incoming')
  const blobsDir = join(path, 'blobs')
  await mkdir(incomingDir, { recursive: true })
  await mkdir(blobsDir, { recursive: true })
  return { path, recordsPath: join(path, 'records.mdb'), incomingDir, blobsDir, hasRecords }
}

/** Says so in the marker, once LMDB has made the records. */
export const noteRecords = ({ path, hasRecords }: DataFolder): Promise<void> | undefined =>
  hasRecords ? undefined : writeMarker(path, true)

/** @returns Whether records have been made; folders of earlier versions do not say so until they are opened again. */
const checkMarker = async (path: string): Promise<boolean> => {
  const marker = parsed(await readFile(join(path, markerName), 'utf8'))
  if (typeof marker !== 'object' || marker === null || !('version' in marker) || marker.version !== layoutVersion) {
    throw new DataFolderForeign(path, `${markerName} does not say version ${layoutVersion}, the one this program knows`)
  }
  return 'records' in marker && marker.records === true
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON, hence not ours.
    return undefined
  }
}

/** Durable: a marker that is lost or empty after a power cut would make the data look like something else. */
const writeMarker = async (path: string, records: boolean): Promise<void> => {
  const marker = { version: layoutVersion, ...(records ? { records } : {}) }
  await writeFile(join(path, unfinishedMarkerName), `${JSON.stringify(marker)}\n`, { flush: true })
  await rename(join(path, unfinishedMarkerName), join(path, markerName))
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
