/** The storage of a local R2: buckets, objects and uploads, in memory or in a folder. */
import type { FileStorageOptions } from './file-storage.js'
import { createMemoryBodies } from './memory-bodies.js'
import { createMemoryKeyValue } from './memory-key-value.js'
import type { Storage } from './storage.js'
import { createTableStorage } from './table-storage.js'

export { joinContent } from './content.js'
export {
  BucketGone,
  ContentGone,
  DataFolderBusy,
  DataFolderDamaged,
  DataFolderForeign,
  StorageClosed,
  StorageError,
} from './errors.js'
export type { FileStorageOptions } from './file-storage.js'
export * from './storage.js'

/** Keeps everything in memory. Cheap enough for one per test. */
export const createMemoryStorage = (): Storage => createTableStorage(createMemoryKeyValue(), createMemoryBodies())

/**
 * Keeps everything in a folder, which stays consistent however the process ends.
 * @throws DataFolderBusy if another process, or this one, has the folder open
 * @throws DataFolderForeign if the folder contains other data
 * @throws DataFolderDamaged if a part of it is missing or corrupt
 */
export const createFileStorage = async (options: FileStorageOptions): Promise<Storage> => {
  // Loading LMDB takes longer than the whole start in memory mode.
  const { openFileStorage } = await import('./file-storage.js')
  return openFileStorage(options)
}
