/**
 * The data folder: what is in it and whose it is.
 *
 *     r2kit-local.json   marker, with the version of this layout
 *     records.mdb        LMDB (and its lock file)
 *     incoming/          bodies that no committed record is known to refer to
 *     blobs/             bodies that records refer to
 */
import { mkdir, readdir, readFile, realpath, rename, writeFile } from 'node:fs/promises'
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
}

/** Makes the folder if need be. Throws `DataFolderForeign` for one that has other things in it. */
export const openDataFolder = async (dataDir: string): Promise<DataFolder> => {
  await mkdir(dataDir, { recursive: true })
  const path = await realpath(dataDir)
  const names = await readdir(path)
  if (names.includes(markerName)) await checkMarker(path)
  else if (names.every((name) => name === unfinishedMarkerName)) await writeMarker(path)
  else throw new DataFolderForeign(path, `it is neither empty nor made by this program (no ${markerName})`)
  const incomingDir = join(path, 'incoming')
  const blobsDir = join(path, 'blobs')
  await mkdir(incomingDir, { recursive: true })
  await mkdir(blobsDir, { recursive: true })
  return { path, recordsPath: join(path, 'records.mdb'), incomingDir, blobsDir }
}

const checkMarker = async (path: string) => {
  const text = await readFile(join(path, markerName), 'utf8')
  if (versionIn(text) !== layoutVersion) {
    throw new DataFolderForeign(path, `${markerName} does not say version ${layoutVersion}, the one this program knows`)
  }
}

const versionIn = (text: string): unknown => {
  try {
    const marker: unknown = JSON.parse(text)
    return typeof marker === 'object' && marker !== null && 'version' in marker ? marker.version : undefined
  } catch {
    // Not JSON, hence not ours.
    return undefined
  }
}

const writeMarker = async (path: string) => {
  await writeFile(join(path, unfinishedMarkerName), `${JSON.stringify({ version: layoutVersion })}\n`)
  await rename(join(path, unfinishedMarkerName), join(path, markerName))
}
