/** `Storage` over an ordered key-value store and a body store: the implementation of the memory mode and the file mode. */
import { Blobs, ContentChanges } from './blobs.js'
import type { BodyStore } from './bodies.js'
import { bucketMethods } from './buckets.js'
import type { StorageContext } from './context.js'
import { type FaultReporter, StorageClosed } from './errors.js'
import type { KeyValueStore } from './key-value.js'
import { objectMethods } from './objects.js'
import type { Storage } from './storage.js'
import { uploadMethods } from './uploads.js'

/** @param release Closes tables and bodies; called once, at the end of `close`. */
export const createTableStorage = (
  tables: KeyValueStore,
  bodies: BodyStore,
  release: () => Promise<void> = async () => undefined,
  onFault: FaultReporter = () => undefined,
): Storage => {
  const blobs = new Blobs(tables, bodies, onFault)
  const commits = new Set<Promise<unknown>>()
  let closing: Promise<void> | undefined

  const commit: StorageContext['commit'] = async (decide) => {
    if (closing !== undefined) throw new StorageClosed()
    return run(decide)
  }
  const run: StorageContext['commit'] = (decide) => {
    const changes = new ContentChanges()
    const commitment = tables
      .transact((transaction) => {
        const result = decide(transaction, changes)
        blobs.count(transaction, changes)
        return result
      })
      .then(async (result) => {
        await blobs.committed(changes)
        return result
      })
    const settled = commitment.then(
      () => void commits.delete(settled),
      () => void commits.delete(settled),
    )
    commits.add(settled)
    return commitment
  }

  const close = async () => {
    await blobs.idle()
    await Promise.all(commits)
    // Waits for removals that the last commits started, then deletes their rows in `garbage`.
    await blobs.idle()
    await run(() => undefined).catch(onFault)
    await release()
  }

  const context: StorageContext = { reader: tables, commit }
  return {
    ...bucketMethods(context),
    ...objectMethods(context),
    ...uploadMethods(context),
    stage: async (source) => {
      if (closing !== undefined) throw new StorageClosed()
      return blobs.stage(source)
    },
    share: (content, range) => blobs.share(content, range),
    read: (content, range) => blobs.read(content, range),
    close: () => {
      closing ??= close()
      return closing
    },
  }
}
