/** The door of this room: where a local R2 keeps buckets, objects and uploads. */
import type { FileStorageOptions } from './file-storage.js'
import { createMemoryBodies } from './memory-bodies.js'
import { createMemoryKeyValue } from './memory-key-value.js'
import type { Storage } from './storage.js'
import { createTableStorage } from './table-storage.js'

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

/** Everything in memory, gone with the process; one per test costs next to nothing. */
export const createMemoryStorage = (): Storage => createTableStorage(createMemoryKeyValue(), createMemoryBodies())

/**
 * Everything in a folder, whole after any end of the process.
 * @throws DataFolderBusy when another process, or this one, has the folder open
 * @throws DataFolderForeign when the folder holds something else
 * @throws DataFolderDamaged when a part of it is missing or broken
 */
export const createFileStorage = async (options: FileStorageOptions): Promise<Storage> => {
  // Loading LMDB costs more than the whole start of the memory mode.
  const { openFileStorage } = await import('./file-storage.js')
  return openFileStorage(options)
}
