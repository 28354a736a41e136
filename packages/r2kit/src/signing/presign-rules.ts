/** Limits of presigned URLs. Anyone who has a URL can use it, so it is limited before it is made. */
import { isWellFormed, utf8Bytes } from '../base/bytes.js'
import { presignError } from '../errors/presign-error.js'

/** The methods that R2 documents for presigned URLs (developers.cloudflare.com/r2/api/s3/presigned-urls). */
export type PresignMethod = 'GET' | 'PUT' | 'HEAD' | 'DELETE'

/** Adjustable limits of presigned URLs. */
export interface PresignRules {
  /** Shortest validity, in seconds. @defaultValue 60 */
  readonly minExpirationSeconds?: number | undefined
  /** Longest validity, in seconds. R2 rejects more than the default. @defaultValue 604_800, seven days */
  readonly maxExpirationSeconds?: number | undefined
  /** Methods that a URL may permit. @defaultValue ['GET', 'PUT'] */
  readonly allowedMethods?: readonly PresignMethod[] | undefined
  /**
   * Content types that may be uploaded although browsers run them: `text/html`, `application/javascript`, `text/javascript`.
   * Anyone who has the URL could publish a script under your domain.
   *
   * @defaultValue none
   */
  readonly allowedContentTypes?: readonly string[] | undefined
  /** `r2` permits two hyphens in a row in bucket names, as R2 does. @defaultValue 'strict' */
  readonly bucketNames?: 'strict' | 'r2' | undefined
}

/** The request that a presigned URL permits. */
export interface PresignedTarget {
  /** Method of the request. */
  readonly method: PresignMethod
  /** Name of the bucket. */
  readonly bucket: string
  /** Key of the object, not encoded. */
  readonly key: string
  /** Validity in whole seconds, within the limits of `PresignRules`. */
  readonly expiresInSeconds: number
  /** Content type of an upload, for PUT only. It is signed, so that the request must send it. @defaultValue not signed */
  readonly contentType?: string | undefined
}

const scriptTypes = ['text/html', 'application/javascript', 'text/javascript']

/**
 * One media type and its parameters (RFC 9110, section 8.3.1). Commas are excluded, even in a quoted parameter: browsers read
 * `image/png, text/html` as the second type.
 */
const mediaTypePattern = /^[!#$%&'*+.^`|~\w-]+\/[!#$%&'*+.^`|~\w-]+[\t ]*(;[\t -+\--~]*)?$/

const mediaType = (contentType: string): string => (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()

/** @throws R2Error `InvalidPresign` about the field, unless the rule holds */
export const requireRule = (holds: boolean, field: string, rule: string): void => {
  if (!holds) throw presignError(field, rule)
}

/** @throws R2Error `InvalidPresign` about the field, unless its value is one of these */
export const requireOneOf = (field: string, value: string, allowed: readonly string[]): void =>
  requireRule(allowed.includes(value), field, `must be ${allowed.join(' or ')}, not ${value}`)

/** The limits in use. @throws R2Error `InvalidPresign` for limits beyond those of R2, or that exclude each other */
export const expiryLimits = ({ minExpirationSeconds: min = 60, maxExpirationSeconds: max = 604_800 }: PresignRules) => {
  requireRule(max >= 1 && max <= 604_800, 'maxExpirationSeconds', `must be from 1 to 604800, not ${max}`)
  requireRule(min >= 1 && min <= max, 'minExpirationSeconds', `must be from 1 to ${max}, not ${min}`)
  return [min, max] as const
}

/** Validity of a URL whose input has none: 15 minutes, or the limit that is nearest to them. */
export const defaultSeconds = (rules: PresignRules): number => {
  const [min, max] = expiryLimits(rules)
  return Math.min(Math.max(900, min), max)
}

/**
 * Checks a request against the limits of presigned URLs.
 *
 * @throws R2Error `InvalidPresign`, whose `field` names the field that breaks a rule
 */
export const checkPresign = (target: PresignedTarget, rules: PresignRules = {}): void => {
  const { method, bucket, key, expiresInSeconds, contentType } = target
  const [min, max] = expiryLimits(rules)
  const { allowedMethods = ['GET', 'PUT'], allowedContentTypes = [], bucketNames } = rules
  requireOneOf('method', method, allowedMethods)
  // Digits, letters and hyphens only, which also excludes IPv4 addresses.
  const isBucketName =
    /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket) && (bucketNames === 'r2' || !bucket.includes('--'))
  requireRule(isBucketName, 'bucket', 'must be 3 to 63 of a-z, 0-9, inner single hyphens')
  requireRule(isWellFormed(key) && !key.includes('\0'), 'key', 'must be well-formed Unicode without NUL')
  const keyLength = utf8Bytes(key).byteLength
  requireRule(keyLength > 0 && keyLength <= 1024, 'key', `must have 1 to 1024 bytes, not ${keyLength}`)
  requireRule(
    Number.isInteger(expiresInSeconds) && expiresInSeconds >= min && expiresInSeconds <= max,
    'expiresInSeconds',
    `must be a whole number from ${min} to ${max}, not ${expiresInSeconds}`,
  )
  if (contentType === undefined) return
  requireRule(method === 'PUT', 'contentType', 'is for PUT only')
  requireRule(mediaTypePattern.test(contentType), 'contentType', 'must be one media type, such as image/png')
  const type = mediaType(contentType)
  const isPermitted = !scriptTypes.includes(type) || allowedContentTypes.some((allowed) => mediaType(allowed) === type)
  requireRule(isPermitted, 'contentType', `must not be ${type}, which browsers run`)
}
