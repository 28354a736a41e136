/** Reads and writes the two rows of a record, the record itself and its content, together. */
import type { ContentChanges } from './blobs.js'
import type { KeyValueReader, Table, Transaction } from './key-value.js'
import { afterKey, objectKey, partKey, partScope, uploadKey } from './keys.js'
import type { ObjectRecord, PartRecord, UploadRecord } from './storage.js'
import { contentOf, objectContents, objects, partContents, parts, uploads } from './tables.js'

/** The rows whose keys start with `scope`, in order. */
export function* rowsUnder<Value>(reader: KeyValueReader, table: Table<Value>, scope: string, from = scope) {
  for (const entry of reader.scan(table, from)) {
    if (!entry[0].startsWith(scope)) return
    yield entry
  }
}

export const getObjectRow = (reader: KeyValueReader, bucket: string, key: string): ObjectRecord | undefined => {
  const rowKey = objectKey(bucket, key)
  const row = reader.get(objects, rowKey)
  const contents = row && reader.get(objectContents, rowKey)
  if (row === undefined || contents === undefined) return undefined
  const { size: _, ...record } = row
  const { partSizes } = contents
  return { content: contentOf(contents), ...record, ...(partSizes && { partSizes }) }
}

/** Replaces `current` and releases its content. */
export const putObjectRow = (
  transaction: Transaction,
  changes: ContentChanges,
  { bucket, key, current }: { bucket: string; key: string; current: ObjectRecord | undefined },
  { content, partSizes, ...record }: ObjectRecord,
): void => {
  const rowKey = objectKey(bucket, key)
  if (current !== undefined) changes.release(current.content)
  changes.adopt(content)
  transaction.put(objects, rowKey, { size: content.size, ...record })
  transaction.put(objectContents, rowKey, { pieces: content.pieces, partSizes })
}

export const removeObjectRow = (
  transaction: Transaction,
  changes: ContentChanges,
  { bucket, key, current }: { bucket: string; key: string; current: ObjectRecord },
): void => {
  const rowKey = objectKey(bucket, key)
  changes.release(current.content)
  transaction.remove(objects, rowKey)
  transaction.remove(objectContents, rowKey)
}

/** The parts of an upload after `partNumberMarker`, by number. */
export function* partsOf(reader: KeyValueReader, uploadId: string, partNumberMarker = 0): Generator<PartRecord> {
  const from = afterKey(partKey(uploadId, partNumberMarker))
  for (const [rowKey, { size: _, ...record }] of rowsUnder(reader, parts, partScope(uploadId), from)) {
    const contents = reader.get(partContents, rowKey)
    if (contents !== undefined) yield { ...record, content: contentOf(contents) }
  }
}

export const putPartRow = (
  transaction: Transaction,
  changes: ContentChanges,
  uploadId: string,
  { content, ...record }: PartRecord,
): void => {
  const rowKey = partKey(uploadId, record.partNumber)
  const replaced = transaction.get(partContents, rowKey)
  if (replaced !== undefined) changes.release(replaced)
  changes.adopt(content)
  transaction.put(parts, rowKey, { size: content.size, ...record })
  transaction.put(partContents, rowKey, { pieces: content.pieces })
}

/** Removes an upload and all of its parts, and releases their content. */
export const dropUpload = (
  transaction: Transaction,
  changes: ContentChanges,
  { bucket, key, uploadId }: UploadRecord,
): void => {
  for (const part of partsOf(transaction, uploadId)) {
    const rowKey = partKey(uploadId, part.partNumber)
    changes.release(part.content)
    transaction.remove(parts, rowKey)
    transaction.remove(partContents, rowKey)
  }
  transaction.remove(uploads, uploadKey(bucket, key, uploadId))
}
