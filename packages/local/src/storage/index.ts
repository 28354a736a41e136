/** The door of this room: where a local R2 keeps buckets, objects and uploads. */
import { createMemoryBodies } from './memory-bodies.js'
import { createMemoryKeyValue } from './memory-key-value.js'
import type { Storage } from './storage.js'
import { createTableStorage } from './table-storage.js'

export { BucketGone, ContentGone, DataFolderBusy, DataFolderForeign, StorageClosed, StorageError } from './errors.js'
export * from './storage.js'

/** Everything in memory, gone with the process; one per test costs next to nothing. */
export const createMemoryStorage = (): Storage => createTableStorage(createMemoryKeyValue(), createMemoryBodies())
