import type { HeaderFields } from '../../http/index.js'
import {
  anyText,
  calendarDate,
  eitherOf,
  type Field,
  type Fields,
  oneOf,
  shown,
  someOf,
} from '../../validation/index.js'
import { isEtag, quotedEtag } from './etag.js'

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
 * Conditions of a write. Where an attempt ends without a clear response (the connection breaks, or R2 responds with an error
 * after it has stored the object), the client looks at the object with HEAD: one that is as it was before is written again,
 * one with the bytes and the description of this call, and not older than it, is this write.
 */
export interface WriteConditions extends Conditions {
  /**
   * Which object may pass for this write when its outcome is unknown; for any other the error is `OutcomeUnknown`. By default
   * one with the bytes and the description that were sent, and that cannot be older than the call. Dates count whole seconds,
   * so with `ifNoneMatch: '*'` an equal object of the same seconds does not pass: it may be the one that the condition is about.
   *
   * `equal`: it passes as well. Right where it does not matter which of several writers of the same content made it, or where
   * the metadata names the writer. `proven`: none passes that another writer may have made. For locks and counters whose bytes
   * and metadata do not name their writer: two writers of `locked` would both hold the lock.
   */
  readonly unknownOutcome?: 'equal' | 'proven'
}

/** One ETag, bare or quoted, or `*`. */
export const etagField: Field<string> = {
  takes: 'an ETag or *',
  read(value, name, refuse) {
    const etag = anyText.read(value, name, refuse)
    if (isEtag(etag)) return etag
    throw refuse(name, `must be an ETag or *, but it is ${shown(etag)}`, 'Pass the etag of a result as it is.')
  },
}

const severalEtags = someOf(etagField, 'Pass at least one, or leave it out.')

/** One ETag or several, bare or quoted, or `*`. */
export const etagsField = eitherOf<string | readonly string[]>(
  'an ETag, an array of ETags, or *',
  'Pass the etag of a result as it is.',
  (value) => (Array.isArray(value) ? severalEtags : typeof value === 'string' ? etagField : undefined),
)

export const conditionFields: Fields<Conditions> = {
  ifMatch: etagsField,
  ifNoneMatch: etagsField,
  ifModifiedSince: calendarDate,
  ifUnmodifiedSince: calendarDate,
}

export const writeConditionFields: Fields<WriteConditions> = {
  ...conditionFields,
  unknownOutcome: oneOf('equal', 'proven'),
}

/** Writes the four conditions, as `if-…` or with a prefix (`x-amz-copy-source-`, `cf-copy-destination-`). */
export const addConditions = (headers: HeaderFields, conditions: Conditions, prefix = ''): void => {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  if (ifMatch !== undefined) headers[`${prefix}if-match`] = etagList(ifMatch)
  if (ifNoneMatch !== undefined) headers[`${prefix}if-none-match`] = etagList(ifNoneMatch)
  // An IMF-fixdate (RFC 9110, section 5.6.7).
  if (ifModifiedSince !== undefined) headers[`${prefix}if-modified-since`] = ifModifiedSince.toUTCString()
  if (ifUnmodifiedSince !== undefined) headers[`${prefix}if-unmodified-since`] = ifUnmodifiedSince.toUTCString()
}

/** A conditional write must not be sent again blindly: the second try would lose against the first. */
export const isConditional = ({ ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince }: Conditions): boolean =>
  (ifMatch ?? ifNoneMatch ?? ifModifiedSince ?? ifUnmodifiedSince) !== undefined

const etagList = (etags: string | readonly string[]): string =>
  typeof etags === 'string' ? quotedEtag(etags) : etags.map(quotedEtag).join(', ')
