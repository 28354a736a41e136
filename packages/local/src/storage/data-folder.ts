/**
 * The layout of the data folder:
 *
 *     r2kit-local.json   marker with the version of this layout
 *     records.mdb        LMDB database (with its lock file)
 *     incoming/          new bodies, which a committed record may not yet reference
 *     blobs/             bodies that records reference
 */
import { mkdir, open, readdir, readFile, realpath, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DataFolderForeign } from './errors.js'

const layoutVersion = 1
const markerName = 'r2kit-local.json'
/** Remains if the process is killed while it writes the marker. */
const unfinishedMarkerName = `${markerName}.new`

export interface DataFolder {
  /** The canonical path, without symbolic links. */
  readonly path: string
  readonly recordsPath: string
  readonly incomingDir: string
  readonly blobsDir: string
  /** Whether the database has been created. Then its absence means that the folder is damaged, not that it is new. */
  readonly hasRecords: boolean
}

/**
 * Creates the folder if it is missing.
 * @throws DataFolderForeign if it contains other data, or has another layout version.
 */
export const openDataFolder = async (dataDir: string): Promise<DataFolder> => {
  await mkdir(dataDir, { recursive: true })
  const path = await realpath(dataDir)
  const names = await readdir(path)
  let hasRecords = false
  if (names.includes(markerName)) hasRecords = await checkMarker(path)
  else if (names.every((name) => name === unfinishedMarkerName)) await writeMarker(path, false)
  else throw new DataFolderForeign(path, `it is not empty and has no ${markerName}`)
  const incomingDir = join(path, 'incoming')
  const blobsDir = join(path, 'blobs')
  await mkdir(incomingDir, { recursive: true })
  await mkdir(blobsDir, { recursive: true })
  return { path, recordsPath: join(path, 'records.mdb'), incomingDir, blobsDir, hasRecords }
}

/** Records in the marker that the database has been created. */
export const markRecordsCreated = ({ path, hasRecords }: DataFolder): Promise<void> | undefined =>
  hasRecords ? undefined : writeMarker(path, true)

/** @returns Whether the database has been created. Markers of earlier versions lack this until the folder is opened again. */
const checkMarker = async (path: string): Promise<boolean> => {
  const marker = parseJson(await readFile(join(path, markerName), 'utf8'))
  if (typeof marker !== 'object' || marker === null || !('version' in marker) || marker.version !== layoutVersion) {
    throw new DataFolderForeign(
      path,
      `${markerName} does not have version ${layoutVersion}, which this version supports`,
    )
  }
  return 'records' in marker && marker.records === true
}

/** @returns Undefined for text that is not JSON. */
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Durable, because a folder whose marker is lost or empty after a power failure could not be opened. */
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
