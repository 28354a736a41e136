/** The multipart methods of `Storage`. Parts are removed with their upload. Completion references their bytes in the object. */

import type { StorageContext } from './context.js'
import { BucketGone } from './errors.js'
import { afterKey, afterPrefix, bucketScope, byteString, escapedKey, keyOfUpload, textOf, uploadKey } from './keys.js'
import { commonPrefixOf, listPage } from './listing.js'
import { dropUpload, getObjectRow, partsOf, putObjectRow, putPartRow } from './rows.js'
import type { Storage, UploadListPage, UploadListQuery, UploadRecord } from './storage.js'
import { buckets, uploads } from './tables.js'

type UploadMethods = Pick<
  Storage,
  'createUpload' | 'getUpload' | 'putPart' | 'listParts' | 'listUploads' | 'completeUpload' | 'abortUpload'
>

const rowKeyOf = ({ bucket, key, uploadId }: UploadRecord) => uploadKey(bucket, key, uploadId)

export const uploadMethods = ({ reader, commit }: StorageContext): UploadMethods => ({
  createUpload: (record) =>
    commit((transaction) => {
      if (transaction.get(buckets, byteString(record.bucket)) === undefined) throw new BucketGone(record.bucket)
      transaction.put(uploads, rowKeyOf(record), record)
    }),

  getUpload: (bucket, key, uploadId) => reader.get(uploads, uploadKey(bucket, key, uploadId)),

  putPart: (upload, part) =>
    commit((transaction, changes) => {
      if (transaction.get(uploads, rowKeyOf(upload)) === undefined) {
        changes.reject(part.content)
        return false
      }
      putPartRow(transaction, changes, upload.uploadId, part)
      return true
    }),

  listParts: (upload, { partNumberMarker, limit = Number.POSITIVE_INFINITY } = {}) => {
    const records = []
    for (const part of partsOf(reader, upload.uploadId, partNumberMarker)) {
      if (records.length >= limit) break
      records.push(part)
    }
    return records
  },

  listUploads: (bucket, query) => listUploads(reader, bucket, query),

  completeUpload: (upload, decide) =>
    commit((transaction, changes) => {
      const { bucket, key, uploadId } = upload
      if (transaction.get(uploads, rowKeyOf(upload)) === undefined) return undefined
      const current = getObjectRow(transaction, bucket, key)
      const decision = decide([...partsOf(transaction, uploadId)], current)
      dropUpload(transaction, changes, upload)
      if (decision !== 'destroy') putObjectRow(transaction, changes, { bucket, key, current }, decision)
      return decision
    }),

  abortUpload: (upload) =>
    commit((transaction, changes) => {
      if (transaction.get(uploads, rowKeyOf(upload)) === undefined) return false
      dropUpload(transaction, changes, upload)
      return true
    }),
})

const listUploads = (reader: StorageContext['reader'], bucket: string, query: UploadListQuery): UploadListPage => {
  const scope = bucketScope(bucket)
  const prefix = escapedKey(query.prefix ?? '')
  const delimiter = escapedKey(query.delimiter ?? '')
  const page = listPage(
    (from) => reader.scan(uploads, from),
    { scope, prefix, delimiter, from: firstUploadAfter(query, { scope, prefix, delimiter }), limit: query.limit },
    keyOfUpload,
  )
  const entries = page.entries.map((entry) =>
    'commonPrefix' in entry ? { commonPrefix: unescapedText(entry.commonPrefix) } : { upload: entry.value },
  )
  const last = entries.at(-1)
  if (!page.isTruncated) return { entries, next: undefined }
  if (last === undefined) {
    const { keyMarker = '', uploadIdMarker } = query
    return { entries, next: uploadIdMarker === undefined ? { keyMarker } : { keyMarker, uploadIdMarker } }
  }
  if ('commonPrefix' in last) return { entries, next: { keyMarker: last.commonPrefix } }
  return { entries, next: { keyMarker: last.upload.key, uploadIdMarker: last.upload.uploadId } }
}

const unescapedText = (escaped: string) => textOf(escaped.replaceAll('\0\xff', '\0'))

const firstUploadAfter = (
  { keyMarker = '', uploadIdMarker }: UploadListQuery,
  { scope, prefix, delimiter }: { scope: string; prefix: string; delimiter: string },
): string => {
  if (keyMarker === '') return scope
  const key = escapedKey(keyMarker)
  if (commonPrefixOf(key, { prefix, delimiter }) === key) return afterPrefix(scope + key)
  // NUL terminates the key: the first result sorts after all uploads of this key, the second after this upload only.
  return uploadIdMarker === undefined
    ? `${scope}${key}\0\xfe`
    : afterKey(`${scope}${key}\0${byteString(uploadIdMarker)}`)
}
