import { R2Error } from '../../errors/index.js'
import { type HeaderFields, headerOf } from '../../http/index.js'

/** Conditions on the object as it is now (RFC 9110, section 13). ETags are bare; a list or `*` is possible. */
export interface Conditions {
  /** Only if the object's ETag is one of these; `*`: only if it exists. */
  readonly ifMatch?: string | readonly string[]
  /** Only if the object's ETag is none of these; `*`: only if there is no object. */
  readonly ifNoneMatch?: string | readonly string[]
  /** Only if changed after this time; seconds count. */
  readonly ifModifiedSince?: Date
  /** Only if not changed after this time; seconds count. */
  readonly ifUnmodifiedSince?: Date
}

/**
 * Conditions of a write. Where its answer is lost (the connection breaks, or R2 answers with an error after it has stored the
 * object), the object is looked at with HEAD: one that is as it was before is written again, one that is as it was sent is
 * this write.
 */
export interface WriteConditions extends Conditions {
  /**
   * What may pass for this write when its answer is lost. `equal`: an object with the bytes and the metadata that were sent.
   * Right where no other writer sends the same, or where it does not matter who did. `proven`: nothing but what no other writer
   * can have made; anything else ends in `OutcomeUnknown`. For locks and counters whose bytes and metadata do not name their
   * writer: two writers of `locked` would both hold the lock. Better still, name the writer in the metadata. @defaultValue 'equal'
   */
  readonly lostAnswer?: 'equal' | 'proven'
}

/** Writes the four conditions, as `if-…` or with a prefix (`x-amz-copy-source-`, `cf-copy-destination-`). */
export const addConditions = (headers: HeaderFields, conditions: Conditions, prefix = ''): void => {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  if (ifMatch !== undefined) headers[`${prefix}if-match`] = etagList(ifMatch, 'ifMatch')
  if (ifNoneMatch !== undefined) headers[`${prefix}if-none-match`] = etagList(ifNoneMatch, 'ifNoneMatch')
  if (ifModifiedSince !== undefined)
    headers[`${prefix}if-modified-since`] = httpDate(ifModifiedSince, 'ifModifiedSince')
  if (ifUnmodifiedSince !== undefined)
    headers[`${prefix}if-unmodified-since`] = httpDate(ifUnmodifiedSince, 'ifUnmodifiedSince')
}

/** A conditional write must not be sent again blindly: the second try would lose against the first. */
export const isConditional = ({ ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince }: Conditions): boolean =>
  (ifMatch ?? ifNoneMatch ?? ifModifiedSince ?? ifUnmodifiedSince) !== undefined

/** An IMF-fixdate (RFC 9110, section 5.6.7). */
export const httpDate = (date: Date, field: string): string => {
  if (!(date instanceof Date) || Number.isNaN(date.getTime())) {
    throw new R2Error('InvalidInput', `${field} is not a valid Date`, { field })
  }
  return date.toUTCString()
}

/** What an entity tag may hold (RFC 9110, section 8.8.3). */
const opaqueTag = /^[\x21\x23-\x7e\x80-\xff]*$/

const etagList = (etags: string | readonly string[], field: string): string => {
  if (typeof etags === 'string') return quoted(etags, field)
  if (etags.length === 0) throw new R2Error('InvalidInput', `${field} has no ETag`, { field })
  return etags.map((etag) => quoted(etag, field)).join(', ')
}

const quoted = (etag: string, field: string): string => {
  if (etag === '*') return etag
  const bare = bareEtag(etag)
  if (bare === '' || !opaqueTag.test(bare)) {
    throw new R2Error('InvalidInput', `${field} is ${JSON.stringify(etag.slice(0, 80))}; it must be an ETag or *`, {
      field,
    })
  }
  return etag.startsWith('W/') ? `W/"${bare}"` : `"${bare}"`
}

/** An ETag without quotes and weakness mark, as R2's own API has it. */
export const bareEtag = (etag: string): string => {
  const strong = etag.startsWith('W/') ? etag.slice(2) : etag
  return strong.length >= 2 && strong.startsWith('"') && strong.endsWith('"') ? strong.slice(1, -1) : strong
}

/** The ETag of what was just stored. Without one it was not R2 that answered: a captive portal says 200 to everything. */
export const etagFrom = (headers: HeaderFields): string => {
  const etag = headerOf(headers, 'etag')
  if (etag !== undefined) return bareEtag(etag)
  throw new R2Error('InvalidResponse', 'the answer has no ETag, so nothing says that the bytes were stored')
}
