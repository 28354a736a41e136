/**
 * Conditional requests as R2 evaluates them (RFC 9110, 13): If-Match compares strongly, If-None-Match weakly, dates in whole
 * seconds. A failed condition is 304 or 412 on reads, always 412 on writes.
 */
import { S3Error } from '../errors/s3-error.js'
import type { RequestHeaders } from '../http/header-values.js'

interface EntityTag {
  readonly value: string
  readonly weak: boolean
}

export interface Conditions {
  readonly ifMatch?: readonly EntityTag[] | '*'
  readonly ifNoneMatch?: readonly EntityTag[] | '*'
  /** Whole seconds since the epoch. */
  readonly ifModifiedSince?: number
  readonly ifUnmodifiedSince?: number
}

/** The properties of an object that conditions compare. */
export interface Validators {
  readonly etag: string
  readonly lastModifiedMs: number
}

/**
 * @param prefix Of the header names: `x-amz-copy-source-` or `cf-copy-destination-` for source and target of a copy, else ''.
 * @returns Undefined if the request has no condition, which is the usual case.
 */
export const readConditions = (headers: RequestHeaders, prefix = ''): Conditions | undefined => {
  const ifMatch = headers[`${prefix}if-match`]
  const ifNoneMatch = headers[`${prefix}if-none-match`]
  const ifModifiedSince = headers[`${prefix}if-modified-since`]
  const ifUnmodifiedSince = headers[`${prefix}if-unmodified-since`]
  if (ifMatch === undefined && ifNoneMatch === undefined && !ifModifiedSince && !ifUnmodifiedSince) return undefined
  const modified = parseSeconds(ifModifiedSince)
  const unmodified = parseSeconds(ifUnmodifiedSince)
  return {
    ...(ifMatch === undefined ? {} : { ifMatch: parseTags(ifMatch) }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch: parseTags(ifNoneMatch) }),
    ...(modified === undefined ? {} : { ifModifiedSince: modified }),
    ...(unmodified === undefined ? {} : { ifUnmodifiedSince: unmodified }),
  }
}

/**
 * @returns `failed` if If-Match or If-Unmodified-Since fails (always 412), `unchanged` if If-None-Match or If-Modified-Since
 *   fails (304 on reads).
 */
export const evaluateConditions = (conditions: Conditions, object: Validators): 'pass' | 'failed' | 'unchanged' => {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  const seconds = Math.floor(object.lastModifiedMs / 1000)
  if (ifMatch !== undefined) {
    if (ifMatch !== '*' && !ifMatch.some((tag) => !tag.weak && tag.value === object.etag)) return 'failed'
  } else if (ifUnmodifiedSince !== undefined && seconds > ifUnmodifiedSince) {
    return 'failed'
  }
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch === '*' || ifNoneMatch.some((tag) => tag.value === object.etag)) return 'unchanged'
  } else if (ifModifiedSince !== undefined && seconds <= ifModifiedSince) {
    return 'unchanged'
  }
  return 'pass'
}

/**
 * Checks the conditions of a write or copy. A missing object fails If-Match and If-Modified-Since.
 * @throws S3Error `PreconditionFailed`
 */
export const requireConditions = (conditions: Conditions | undefined, object: Validators | undefined): void => {
  if (conditions === undefined) return
  const passes =
    object === undefined
      ? conditions.ifMatch === undefined && conditions.ifModifiedSince === undefined
      : evaluateConditions(conditions, object) === 'pass'
  if (!passes) throw new S3Error('PreconditionFailed')
}

/** Parses a list of entity tags. A tag without quotes counts as a strong tag, because many clients omit them. */
const parseTags = (text: string): readonly EntityTag[] | '*' => {
  if (text.trim() === '*') return '*'
  const tags: EntityTag[] = []
  for (const match of text.matchAll(/(W\/)?(?:"([^"]*)"|([^\s,"]+))/g)) {
    tags.push({ weak: match[1] !== undefined, value: match[2] ?? match[3] ?? '' })
  }
  return tags
}

/** Invalid dates are ignored, as RFC 9110 (13.1.3) requires. */
const parseSeconds = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const milliseconds = Date.parse(text)
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000)
}
