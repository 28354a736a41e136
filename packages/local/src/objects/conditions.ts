/**
 * Conditional requests as R2 evaluates them (RFC 9110, 13, with R2's answers): If-Match compares strongly, If-None-Match
 * weakly, dates in whole seconds. What a failure means depends on the call: reads tell 304 from 412, writes know 412 only.
 */
import { S3Error } from '../errors/s3-error.js'

type Headers = Readonly<Record<string, string | undefined>>

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

/** What a condition is about. */
export interface Validators {
  readonly etag: string
  readonly lastModifiedMs: number
}

/**
 * @param prefix `''` for the request's own, `x-amz-copy-source-` or `cf-copy-destination-` for a copy's two ends.
 * @returns Undefined when there is none, the usual case.
 */
export const readConditions = (headers: Headers, prefix = ''): Conditions | undefined => {
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

/** `failed`: If-Match or If-Unmodified-Since, which is 412 everywhere. `unchanged`: the other two, 304 on reads. */
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
 * For writes and copies: every failure is 412. An absent object fails If-Match and If-Modified-Since.
 * @throws S3Error PreconditionFailed
 */
export const requireConditions = (conditions: Conditions | undefined, object: Validators | undefined): void => {
  if (conditions === undefined) return
  const passes =
    object === undefined
      ? conditions.ifMatch === undefined && conditions.ifModifiedSince === undefined
      : evaluateConditions(conditions, object) === 'pass'
  if (!passes) throw new S3Error('PreconditionFailed')
}

/** A list of entity tags; a bare word counts as a strong tag, because many clients leave the quotes out. */
const parseTags = (text: string): readonly EntityTag[] | '*' => {
  if (text.trim() === '*') return '*'
  const tags: EntityTag[] = []
  for (const match of text.matchAll(/(W\/)?(?:"([^"]*)"|([^\s,"]+))/g)) {
    tags.push({ weak: match[1] !== undefined, value: match[2] ?? match[3] ?? '' })
  }
  return tags
}

/** A date that is none is ignored, as RFC 9110 (13.1.3) asks. */
const parseSeconds = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const milliseconds = Date.parse(text)
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000)
}
