/**
 * Responses to cross-origin requests: preflights, which browsers send without credentials, and the CORS headers of other
 * responses. Both need an Origin that matches a rule of the bucket.
 */
import type { CorsRule } from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'
import type { RequestHeaders } from '../http/header-values.js'
import { emptyReply, type Reply } from '../http/reply.js'
import type { Storage } from '../storage/index.js'
import { corsRulesOf } from './cors-configuration.js'

const rulesOf = (storage: Storage, bucket: string): readonly CorsRule[] => {
  const document = storage.getBucket(bucket)?.cors
  return document === undefined ? [] : corsRulesOf(document)
}

/**
 * The response to OPTIONS.
 * @throws S3Error `AccessDenied` if no rule allows the request.
 */
export const replyToPreflight = (storage: Storage, bucket: string | undefined, headers: RequestHeaders): Reply => {
  const origin = headers.origin
  const method = headers['access-control-request-method']
  if (bucket === undefined || origin === undefined || method === undefined) throw notAllowed()
  const requested = (headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean)
  const rule = rulesOf(storage, bucket).find(
    (candidate) =>
      allowsOrigin(candidate, origin) &&
      allowsMethod(candidate, method) &&
      requested.every((name) => matchesAny(candidate.allowedHeaders ?? [], name)),
  )
  if (rule === undefined) throw notAllowed()
  return emptyReply(204, {
    ...originHeaders(rule, origin),
    'access-control-allow-methods': rule.allowedMethods.join(', '),
    ...(requested.length === 0 ? {} : { 'access-control-allow-headers': requested.join(', ') }),
    ...(rule.maxAgeSeconds === undefined ? {} : { 'access-control-max-age': String(rule.maxAgeSeconds) }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  })
}

/** The CORS headers of a response other than a preflight's; undefined if no rule matches origin and method. */
export const corsHeaders = (
  storage: Storage,
  bucket: string,
  method: string,
  origin: string,
): Record<string, string> | undefined => {
  const rule = rulesOf(storage, bucket).find(
    (candidate) => allowsOrigin(candidate, origin) && allowsMethod(candidate, method),
  )
  if (rule === undefined) return undefined
  const exposed = rule.exposeHeaders ?? []
  return {
    ...originHeaders(rule, origin),
    ...(exposed.length === 0 ? {} : { 'access-control-expose-headers': exposed.join(', ') }),
    vary: 'Origin',
  }
}

const originHeaders = (rule: CorsRule, origin: string): Record<string, string> => ({
  'access-control-allow-origin': rule.allowedOrigins.includes('*') ? '*' : origin,
})

const notAllowed = (): S3Error => new S3Error('AccessDenied', 'CORSResponse: This CORS request is not allowed.')

const allowsOrigin = (rule: CorsRule, origin: string): boolean => matchesAny(rule.allowedOrigins, origin.toLowerCase())

const allowsMethod = (rule: CorsRule, method: string): boolean =>
  rule.allowedMethods.some((allowed) => allowed === method)

/** Whether one of the patterns matches, ignoring case. A pattern may contain one `*`, which matches any text. */
const matchesAny = (patterns: readonly string[], lowerCaseText: string): boolean =>
  patterns.some((pattern) => {
    const lowerCase = pattern.toLowerCase()
    const star = lowerCase.indexOf('*')
    if (star < 0) return lowerCase === lowerCaseText
    const before = lowerCase.slice(0, star)
    const after = lowerCase.slice(star + 1)
    return (
      lowerCaseText.length >= before.length + after.length &&
      lowerCaseText.startsWith(before) &&
      lowerCaseText.endsWith(after)
    )
  })
