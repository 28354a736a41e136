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

/** Conditions on the stored object (RFC 9110, section 13). The request fails with `PreconditionFailed` where one does not hold. */
export interface Conditions {
  /** Holds if the object has this ETag, or one of these; `*` if there is an object. ETags may be quoted or not. @defaultValue no condition */
  readonly ifMatch?: string | readonly string[] | undefined
  /** Holds if the object has another ETag than this, or these; `*` if there is no object. @defaultValue no condition */
  readonly ifNoneMatch?: string | readonly string[] | undefined
  /** Holds if the object was written after this time, in whole seconds. @defaultValue no condition */
  readonly ifModifiedSince?: Date | undefined
  /** Holds if the object was not written after this time, in whole seconds. @defaultValue no condition */
  readonly ifUnmodifiedSince?: Date | undefined
}

/**
 * Conditions of a write. After an ambiguous failure (the connection breaks, or R2 responds with an error although it has stored
 * the object) the client reads the object's metadata. It writes again if the object is unchanged. It reports success if the object
 * has the bytes and the description of this call, and is not older. Otherwise the error is `OutcomeUnknown`.
 */
export interface WriteConditions extends Conditions {
  /**
   * Which object counts as this write after an ambiguous failure.
   *
   * By default an object with the same bytes and description that cannot be older than the call. Dates count whole seconds, so
   * under `ifNoneMatch: '*'` an equal object of the same seconds does not count: another writer may have stored it.
   *
   * - `equal`: such an object counts too. For writers whose content or metadata names them, or where it does not matter which of
   *   several equal writes was stored.
   * - `proven`: no object counts that another writer could have stored. For locks and counters whose content does not name the
   *   writer: two writers of `locked` would both believe that they hold the lock.
   *
   * @defaultValue the rule above
   */
  readonly unknownOutcome?: 'equal' | 'proven' | undefined
}

/** One ETag, bare or quoted, or `*`. */
export const etagField: Field<string> = {
  takes: 'an ETag or *',
  read(value, name, refuse) {
    const etag = anyText.read(value, name, refuse)
    if (isEtag(etag)) return etag
    throw refuse(name, `must be an ETag or *, but it is ${shown(etag)}`, 'Pass the etag of a result unchanged.')
  },
}

const severalEtags = someOf(etagField, 'Pass at least one ETag, or omit the field.')

/** One ETag or several, bare or quoted, or `*`. */
export const etagsField = eitherOf<string | readonly string[]>(
  'an ETag, an array of ETags, or *',
  'Pass the etag of a result unchanged.',
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

/** Writes the four conditions as headers `if-…`. @param prefix of their names: `x-amz-copy-source-`, `cf-copy-destination-` */
export const addConditions = (headers: HeaderFields, conditions: Conditions, prefix = ''): void => {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  if (ifMatch !== undefined) headers[`${prefix}if-match`] = etagList(ifMatch)
  if (ifNoneMatch !== undefined) headers[`${prefix}if-none-match`] = etagList(ifNoneMatch)
  // An IMF-fixdate (RFC 9110, section 5.6.7).
  if (ifModifiedSince !== undefined) headers[`${prefix}if-modified-since`] = ifModifiedSince.toUTCString()
  if (ifUnmodifiedSince !== undefined) headers[`${prefix}if-unmodified-since`] = ifUnmodifiedSince.toUTCString()
}

/** Whether a request has conditions. A conditional write is not repeatable: the second attempt would fail because of the first. */
export const isConditional = ({ ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince }: Conditions): boolean =>
  (ifMatch ?? ifNoneMatch ?? ifModifiedSince ?? ifUnmodifiedSince) !== undefined

const etagList = (etags: string | readonly string[]): string =>
  typeof etags === 'string' ? quotedEtag(etags) : etags.map(quotedEtag).join(', ')
