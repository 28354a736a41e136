/** What a presigned URL may permit: it leaves our hands, so it is limited before it is made. */
import { isWellFormed, utf8Bytes } from '../base/bytes.js'
import { presignError } from '../errors/base-error.js'

/** The methods that R2 documents for presigned URLs (developers.cloudflare.com/r2/api/s3/presigned-urls). */
export type PresignMethod = 'GET' | 'PUT' | 'HEAD' | 'DELETE'

/** Limits of presigned URLs. */
export interface PresignRules {
  /** @defaultValue 60 */
  readonly minExpirationSeconds?: number | undefined
  /** R2 refuses more than the default. @defaultValue 604_800, seven days */
  readonly maxExpirationSeconds?: number | undefined
  /** @defaultValue GET and PUT */
  readonly allowedMethods?: readonly PresignMethod[] | undefined
  /**
   * Content types that may be uploaded although browsers run them: `text/html`, `application/javascript`,
   * `text/javascript`. A holder of the URL could publish a script under your domain.
   * @defaultValue none
   */
  readonly allowedContentTypes?: readonly string[] | undefined
  /** `r2` allows two hyphens in a row, as R2 does. @defaultValue 'strict' */
  readonly bucketNames?: 'strict' | 'r2' | undefined
}

/** What the rules look at. */
export interface PresignedTarget {
  readonly method: PresignMethod
  readonly bucket: string
  readonly key: string
  readonly expiresInSeconds: number
  /** Only for PUT: it becomes part of the signature, so that the upload must match. */
  readonly contentType?: string | undefined
}

const scriptTypes = ['text/html', 'application/javascript', 'text/javascript']

/**
 * One media type and its parameters (RFC 9110, section 8.3.1). No comma, not even in a quoted parameter: browsers that meet
 * `image/png, text/html` take the last of the two.
 */
const mediaTypePattern = /^[!#$%&'*+.^`|~\w-]+\/[!#$%&'*+.^`|~\w-]+[\t ]*(;[\t -+\--~]*)?$/

const mediaType = (contentType: string): string => (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()

const insist = (holds: boolean, field: string, rule: string): void => {
  if (!holds) throw presignError(field, rule)
}

/** @throws R2Error `InvalidPresign`, which names the field, when the request breaks a rule. */
export const checkPresign = (target: PresignedTarget, rules: PresignRules = {}): void => {
  const { method, bucket, key, expiresInSeconds, contentType } = target
  const { minExpirationSeconds = 60, maxExpirationSeconds = 604_800 } = rules
  const { allowedMethods = ['GET', 'PUT'], allowedContentTypes = [], bucketNames } = rules
  insist(allowedMethods.includes(method), 'method', `must be ${allowedMethods.join(' or ')}, not ${method}`)
  // Digits, letters and hyphens only, so that an IPv4 address is excluded too.
  const bucketHolds =
    /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket) && (bucketNames === 'r2' || !bucket.includes('--'))
  insist(bucketHolds, 'bucket', 'must be 3 to 63 of a-z, 0-9, inner single hyphens')
  insist(isWellFormed(key) && !key.includes('\0'), 'key', 'must be well-formed Unicode without NUL')
  const keyLength = utf8Bytes(key).byteLength
  insist(keyLength > 0 && keyLength <= 1024, 'key', `must have 1 to 1024 bytes, not ${keyLength}`)
  insist(
    Number.isInteger(expiresInSeconds) &&
      expiresInSeconds >= minExpirationSeconds &&
      expiresInSeconds <= maxExpirationSeconds,
    'expiresInSeconds',
    `must be a whole number from ${minExpirationSeconds} to ${maxExpirationSeconds}, not ${expiresInSeconds}`,
  )
  if (contentType === undefined) return
  insist(method === 'PUT', 'contentType', 'is for PUT')
  insist(mediaTypePattern.test(contentType), 'contentType', 'must be one media type, such as image/png')
  const type = mediaType(contentType)
  const typeHolds = !scriptTypes.includes(type) || allowedContentTypes.some((allowed) => mediaType(allowed) === type)
  insist(typeHolds, 'contentType', `must not be ${type}, which browsers run`)
}
