/** Whether a stored object is described as a write asked for: the way to tell it from another object with the same bytes. */
import type { ObjectDescription } from './description.js'
import type { ObjectMetadata } from './object-metadata.js'

/** What R2 and other servers report for an object that was stored without a content type. */
const unspecifiedTypes: readonly (string | undefined)[] = [undefined, 'application/octet-stream', 'binary/octet-stream']

/**
 * Compares every field that a write sets. A write replaces the whole description, so a field that it does not name has to
 * be absent. Two fields prove nothing when the server leaves them out: the storage class follows the bucket, and the edge
 * may decode gzip and drop `content-encoding`.
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
