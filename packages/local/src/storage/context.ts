/** The access to the tables that the methods of buckets, objects and uploads share. */
import type { ContentChanges } from './blobs.js'
import type { KeyValueReader, Transaction } from './key-value.js'

export interface StorageContext {
  readonly reader: KeyValueReader
  /** Runs a transaction over records, contents and reference counts. Resolves when it is durable. */
  commit<Result>(decide: (transaction: Transaction, changes: ContentChanges) => Result): Promise<Result>
}
