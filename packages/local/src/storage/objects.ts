/** The object methods of `Storage`. */

import type { StorageContext } from './context.js'
import { BucketGone } from './errors.js'
import { afterKey, afterPrefix, bucketScope, byteString, textOf } from './keys.js'
import { commonPrefixOf, listPage } from './listing.js'
import { getObjectRow, putObjectRow, removeObjectRow } from './rows.js'
import type { ListEntry, Storage } from './storage.js'
import { buckets, objects } from './tables.js'

export const objectMethods = ({
  reader,
  commit,
}: StorageContext): Pick<Storage, 'getObject' | 'putObject' | 'deleteObjects' | 'listObjects'> => ({
  getObject: (bucket, key) => getObjectRow(reader, bucket, key),

  putObject: (bucket, key, decide) =>
    commit((transaction, changes) => {
      if (transaction.get(buckets, byteString(bucket)) === undefined) throw new BucketGone(bucket)
      const current = getObjectRow(transaction, bucket, key)
      const record = decide(current)
      putObjectRow(transaction, changes, { bucket, key, current }, record)
      return record
    }),

  deleteObjects: (bucket, keys, decide) =>
    commit((transaction, changes) => {
      // A Set, because reads return the state before this transaction: a repeated key would be removed twice.
      for (const key of new Set(keys)) {
        const current = getObjectRow(transaction, bucket, key)
        if (current === undefined || decide?.(key, current) === false) continue
        removeObjectRow(transaction, changes, { bucket, key, current })
      }
    }),

  listObjects: (bucket, query) => {
    const scope = bucketScope(bucket)
    const prefix = byteString(query.prefix ?? '')
    const delimiter = byteString(query.delimiter ?? '')
    const startAfter = byteString(query.startAfter ?? '')
    const isCommonPrefix = startAfter !== '' && commonPrefixOf(startAfter, { prefix, delimiter }) === startAfter
    const page = listPage((from) => reader.scan(objects, from), {
      scope,
      prefix,
      delimiter,
      // Keys are never empty, so a bucket's first key always sorts after its scope.
      from: isCommonPrefix ? afterPrefix(scope + startAfter) : afterKey(scope + startAfter),
      limit: query.limit,
    })
    const entries = page.entries.map((entry): ListEntry => {
      if ('commonPrefix' in entry) return { commonPrefix: textOf(entry.commonPrefix) }
      const { size, ...record } = entry.value
      return { key: textOf(entry.rest), object: { ...record, content: { size } } }
    })
    const last = entries.at(-1)
    const lastKey = last === undefined ? (query.startAfter ?? '') : 'key' in last ? last.key : last.commonPrefix
    return { entries, next: page.isTruncated ? lastKey : undefined }
  },
})
