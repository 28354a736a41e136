/** `Storage` over an ordered key-value store and a body store; both modes are this code. */

import { Blobs, ContentChanges } from './blobs.js'
import type { BodyStore } from './bodies.js'
import { bucketMethods } from './buckets.js'
import { type FaultReporter, StorageClosed } from './errors.js'
import type { KeyValueReader, KeyValueStore, Transaction } from './key-value.js'
import { objectMethods } from './objects.js'
import type { Storage } from './storage.js'
import { uploadMethods } from './uploads.js'

/** What the methods of buckets, objects and uploads work with. */
export interface StorageContext {
  readonly reader: KeyValueReader
  /** A transaction over records, contents and the counts of references; resolves when durable. */
  commit<Result>(decide: (transaction: Transaction, changes: ContentChanges) => Result): Promise<Result>
}

/** `release` is called once, at the end of `close`. */
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
    // What the last commits left to remove, and the rows that say so.
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
