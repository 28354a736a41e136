/** The bucket methods of `Storage`. Each bucket is one row, by name. */

import type { StorageContext } from './context.js'
import type { KeyValueReader } from './key-value.js'
import { afterKey, bucketScope, byteString, laterOf } from './keys.js'
import { dropUpload, rowsUnder } from './rows.js'
import type { Storage } from './storage.js'
import { buckets, objects, uploads } from './tables.js'

export const bucketMethods = ({
  reader,
  commit,
}: StorageContext): Pick<Storage, 'createBucket' | 'getBucket' | 'updateBucket' | 'deleteBucket' | 'listBuckets'> => ({
  createBucket: (record) =>
    commit((transaction) => {
      if (transaction.get(buckets, record.name) !== undefined) return 'exists'
      transaction.put(buckets, record.name, record)
      return 'created'
    }),

  getBucket: (name) => reader.get(buckets, byteString(name)),

  updateBucket: (name, decide) =>
    commit((transaction) => {
      const current = transaction.get(buckets, byteString(name))
      if (current === undefined) return undefined
      const record = decide(current)
      transaction.put(buckets, name, record)
      return record
    }),

  deleteBucket: (name) =>
    commit((transaction, changes) => {
      if (transaction.get(buckets, byteString(name)) === undefined) return 'missing'
      const scope = bucketScope(name)
      for (const _ of rowsUnder(transaction, objects, scope)) return 'not-empty'
      // Unfinished uploads do not prevent the deletion: they are removed with the bucket.
      for (const [, upload] of rowsUnder(transaction, uploads, scope)) dropUpload(transaction, changes, upload)
      transaction.remove(buckets, name)
      return 'deleted'
    }),

  listBuckets: (query) => listBuckets(reader, query),
})

function* listBuckets(
  reader: KeyValueReader,
  { prefix = '', startAfter = '' }: { prefix?: string; startAfter?: string },
) {
  const start = byteString(prefix)
  const after = afterKey(byteString(startAfter))
  for (const [name, record] of reader.scan(buckets, laterOf(start, after))) {
    if (!name.startsWith(start)) return
    yield record
  }
}
