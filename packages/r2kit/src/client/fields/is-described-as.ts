/** Compares the description of a stored object with that of a write, which distinguishes it from another object with equal bytes. */
import type { ObjectDescription } from './description.js'
import type { ObjectMetadata } from './object-metadata.js'

/** Content types that servers report for an object that was stored without one. */
const unspecifiedTypes: readonly (string | undefined)[] = [undefined, 'application/octet-stream', 'binary/octet-stream']

/**
 * Compares every field that a write sets. A write replaces the whole description, so the other fields have to be absent. Two
 * fields prove nothing where they are absent: the storage class, which may be that of the bucket, and `content-encoding`, which
 * the edge drops when it decodes gzip.
 */
export const isDescribedAs = (found: ObjectMetadata, asked: ObjectDescription): boolean =>
  (asked.contentType === undefined
    ? unspecifiedTypes.includes(found.contentType)
    : isSame(found.contentType, asked.contentType)) &&
  isSame(found.cacheControl, asked.cacheControl) &&
  isSame(found.contentDisposition, asked.contentDisposition) &&
  isSame(found.contentLanguage, asked.contentLanguage) &&
  (found.contentEncoding === undefined || isSame(found.contentEncoding, asked.contentEncoding)) &&
  isSameMoment(found.expires, asked.expires) &&
  (asked.storageClass === undefined || found.storageClass === asked.storageClass) &&
  hasMetadata(found, asked.metadata ?? {})

/** White space around a header's value is not part of it (RFC 9110, section 5.5). */
const isSame = (found: string | undefined, asked: string | undefined): boolean => found?.trim() === asked?.trim()

/** Both count whole seconds. */
const isSameMoment = (found: string | undefined, asked: Date | undefined): boolean =>
  found === undefined || asked === undefined
    ? found === asked
    : Date.parse(found) === Math.floor(asked.getTime() / 1000) * 1000

const hasMetadata = (found: ObjectMetadata, asked: Readonly<Record<string, string>>): boolean => {
  const entries = Object.entries(asked)
  return (
    entries.length === Object.keys(found.metadata).length + found.missingMetadata &&
    entries.every(([name, value]) => found.metadata[name.toLowerCase()] === value)
  )
}
