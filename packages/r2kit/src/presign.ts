/**
 * `r2kit/presign`: presigned URLs and nothing else. It is synchronous and takes a few kilobytes, for edge functions that hand
 * out permissions and send no requests to R2 themselves. It imports single files of `errors` and `signing`, because their
 * indexes load the table of errors and the client's signer in programs without a bundler.
 */
import { isWellFormed } from './base/bytes.js'
import { encodeKeyPath } from './base/encode.js'
import {
  contradictsHost,
  isAccountHost,
  isAccountId,
  isLoopback,
  isR2Host,
  jurisdictions,
  r2HostOf,
} from './base/r2-host.js'
import { secretText } from './base/secret-text.js'
import { presignError } from './errors/presign-error.js'
import type { CredentialsInput } from './security/index.js'
import { formatAmzDate } from './signing/amz-date.js'
import { type ExplainPresignedUrlInput, explain, type PresignedUrlExplanation } from './signing/explain-presigned.js'
import { presignWithKey } from './signing/presign-query.js'
import {
  checkPresign,
  defaultSeconds,
  type PresignedTarget,
  type PresignRules,
  requireOneOf,
  requireRule,
} from './signing/presign-rules.js'
import { type SigningCredentials, SigningKey } from './signing/signing-key.js'

export type { ExplainPresignedUrlInput, PresignedUrlExplanation } from './signing/explain-presigned.js'
export type { PresignedTarget, PresignMethod, PresignRules } from './signing/presign-rules.js'
export type { PresignedUrlProblem, PresignedUrlReason } from './signing/presigned-url.js'
export type { SigningCredentials } from './signing/signing-key.js'

/** Method, object, account, expiry and limits of a presigned URL. */
export interface PresignUrlInput extends Omit<PresignedTarget, 'expiresInSeconds'>, PresignRules {
  /** Validity in whole seconds, within the limits of `PresignRules`. Not beside `expiresAt`. @defaultValue 900 */
  readonly expiresInSeconds?: number | undefined
  /** End of the validity; a fraction of a second is dropped. Not beside `expiresInSeconds`. @defaultValue in 900 s */
  readonly expiresAt?: Date | undefined
  /** ID of the account, 32 hex characters. Not needed with `endpoint`. */
  readonly accountId?: string | undefined
  /** URL of an S3 endpoint other than R2's own, as the client takes it: `http://127.0.0.1:9000`. */
  readonly endpoint?: string | undefined
  /** Whether the endpoint may be plain HTTP to another machine; HTTP to this machine always may. @defaultValue false */
  readonly allowInsecureEndpoint?: boolean | undefined
  /** Jurisdiction of the bucket, which is reachable only through the endpoint of that jurisdiction. @defaultValue none */
  readonly jurisdiction?: 'eu' | 'fedramp' | 'us' | undefined
  /** Access key that signs the URL, as the client takes it and as providers return it. */
  readonly credentials: SigningCredentials | CredentialsInput
  /** Where the URL names the bucket: in the path, or as a subdomain of the host. @defaultValue 'path' */
  readonly addressing?: 'path' | 'virtual-host' | undefined
  /** Header fields that the request must send with exactly these values, such as `if-none-match`. All are signed. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Further query parameters, not encoded: `{ uploadId, partNumber: '1' }`. @defaultValue none */
  readonly query?: Readonly<Record<string, string>> | undefined
  /** Start of the validity, in milliseconds since the epoch. @defaultValue now */
  readonly nowMs?: number | undefined
}

/** A presigned URL, and the request that it permits. */
export interface PresignedUrl {
  /** The URL. Anyone who has it can send the request, so keep it out of logs. */
  readonly url: string
  /** Method of the request. */
  readonly method: PresignedTarget['method']
  /** Header fields that the request must send with exactly these values; names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** End of the validity. */
  readonly expiresAt: Date
}

/** Every field of the input, and the type of its value. */
const inputTypes: Readonly<Record<keyof PresignUrlInput, string>> = {
  method: 'string',
  bucket: 'string',
  key: 'string',
  expiresInSeconds: 'number',
  expiresAt: 'object',
  contentType: 'string',
  minExpirationSeconds: 'number',
  maxExpirationSeconds: 'number',
  allowedMethods: 'array',
  allowedContentTypes: 'array',
  bucketNames: 'string',
  accountId: 'string',
  endpoint: 'string',
  allowInsecureEndpoint: 'boolean',
  jurisdiction: 'string',
  credentials: 'object',
  addressing: 'string',
  headers: 'object',
  query: 'object',
  nowMs: 'number',
}

/** Credentials of a provider may have times, which have no effect here. */
const credentialsTypes: Readonly<Record<keyof SigningCredentials | 'expiresAt' | 'refreshAfter', string>> = {
  accessKeyId: 'string',
  secretAccessKey: 'string',
  sessionToken: 'string',
  expiresAt: 'object',
  refreshAfter: 'object',
}

/**
 * Makes a URL that permits one method on one object until it expires, without any I/O.
 *
 * The URL can be used any number of times until it expires. The signature covers every field of the input; a field that cannot
 * be signed is rejected. Parsers of URLs (browsers, `fetch`) collapse `.` and `..` segments, so R2 rejects a key with such
 * segments unless the client sends the URL unchanged.
 *
 * @throws R2Error `InvalidPresign`, whose `field` names the field that breaks a rule
 * @example
 * const { url, headers } = presignUrl({
 *   accountId, credentials, method: 'PUT', bucket: 'photos', key: 'cat.jpg', contentType: 'image/jpeg', expiresInSeconds: 600,
 * })
 * await fetch(url, { method: 'PUT', headers, body })
 */
export const presignUrl = (given: PresignUrlInput): PresignedUrl => {
  const input = readFields<PresignUrlInput>(given, inputTypes)
  const { method, bucket, key, addressing = 'path', nowMs = Date.now() } = input
  const headers = readHeaders(input)
  requireTime(nowMs)
  const expiresInSeconds = secondsOf(input, nowMs)
  checkPresign({ ...input, expiresInSeconds, contentType: headers['content-type'] }, input)
  const credentials = readCredentials(input)
  const { origin, basePath } = endpointOf(input)
  const isVirtualHost = addressing === 'virtual-host'
  requireOneOf('addressing', addressing, ['path', 'virtual-host'])
  const isAddress = /\/(\[|[\d.:]+$)/.test(origin)
  requireRule(!isVirtualHost || !isAddress, 'addressing', 'must be path for an IP address')
  const amzDate = formatAmzDate(nowMs)
  const signingKey = new SigningKey(credentials, amzDate.slice(0, 8), 'auto', 's3')
  const url = presignWithKey(
    {
      method,
      origin: isVirtualHost ? origin.replace('//', `//${bucket}.`) : origin,
      path: `${basePath}${isVirtualHost ? '' : `/${bucket}`}/${encodeKeyPath(key)}`,
      query: readStrings('query', input.query, /^(?!x-amz-)/i),
      headers,
    },
    credentials,
    signingKey,
    { amzDate, expiresInSeconds },
  )
  signingKey.destroy()
  // The signature has whole seconds.
  return { url, method, headers, expiresAt: new Date((Math.floor(nowMs / 1000) + expiresInSeconds) * 1000) }
}

/** The validity in whole seconds, of the signature's own second. */
const secondsOf = (input: PresignUrlInput, nowMs: number): number => {
  const { expiresInSeconds, expiresAt } = input
  if (expiresAt === undefined) return expiresInSeconds ?? defaultSeconds(input)
  requireRule(expiresInSeconds === undefined, 'expiresAt', 'cannot be used beside expiresInSeconds')
  const atMs = guarded('expiresAt', () => Date.prototype.getTime.call(expiresAt))
  const seconds = Math.floor(atMs / 1000) - Math.floor(nowMs / 1000)
  requireRule(seconds > 0, 'expiresAt', 'must be a Date in the future')
  return seconds
}

const requireTime = (nowMs: number): void =>
  requireRule(nowMs >= 0 && nowMs < 253402300800000, 'nowMs', 'must be a time before the year 10000')

const explainedTypes: Readonly<Record<keyof ExplainPresignedUrlInput, string>> = {
  url: 'string',
  method: 'string',
  headers: 'object',
  credentials: 'object',
  nowMs: 'number',
}

/**
 * Explains why R2 rejects a presigned URL: it has expired, was altered, permits another method, needs a header that was not
 * sent, or a clock is wrong. Nothing is sent, and no signature is shown.
 *
 * @throws R2Error `InvalidPresign` for an input of another type; a text that is no presigned URL has the reason `malformed`
 * @example
 * const { problems } = explainPresignedUrl({ url, method: 'PUT', headers: { 'content-type': 'image/png' }, credentials })
 * for (const { reason, message, hint } of problems) console.log(reason, message, hint)
 */
export const explainPresignedUrl = (given: ExplainPresignedUrlInput): PresignedUrlExplanation => {
  const input = readFields<ExplainPresignedUrlInput>(given, explainedTypes)
  const { url, method, nowMs = Date.now() } = input
  requireRule(url !== undefined, 'url', 'must be of type string, but it is undefined')
  requireTime(nowMs)
  const headers = Object.fromEntries(readStrings('headers', input.headers, /./))
  const credentials = input.credentials && readCredentials(input)
  return explain({ url, method, headers, credentials, nowMs })
}

/** Reads a part of the input, whose getter or Proxy may throw any error. */
const guarded = <T>(path: string, read: () => T): T => {
  try {
    return read()
  } catch {
    throw presignError(path, 'could not be read')
  }
}

/** Reads each field once, so that a getter cannot return another value after the check. Accessors of a class are read too. */
const readFields = <T>(given: unknown, types: Readonly<Record<string, string>>, parent = ''): T => {
  const whole = parent || 'input'
  if (typeof given !== 'object' || given === null) throw presignError(whole, 'must be an object')
  const object = given as Record<string, unknown>
  const input: Record<string, unknown> = {}
  const known = Object.keys(types)
  for (const name of new Set([...guarded(whole, () => Object.keys(object)), ...known])) {
    const path = parent ? `${parent}.${name}` : name
    const value = guarded(path, () => copied(object[name]))
    if (value === undefined) continue
    requireRule(known.includes(name), path, `is not a field: ${known.join(', ')}`)
    const found = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value
    requireRule(found === types[name], path, `must be of type ${types[name]}, but it is ${found}`)
    input[name] = value
  }
  return input as T
}

/** Reads a secret, and copies an array, whose elements could change after the check. */
const copied = (value: unknown): unknown =>
  secretText(value) ??
  // By its keys: an array may be four billion holes.
  (Array.isArray(value) ? Object.keys(value).map((index) => String(Reflect.get(value, index))) : value)

const isLiteral = (object: object): boolean => {
  const prototype: object | null = Object.getPrototypeOf(object)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Reads an object of strings. */
const readStrings = (field: string, given: object = {}, names: RegExp): [name: string, value: string][] => {
  // A Headers, Map or URLSearchParams has no own names, and would be read as an empty object.
  const keys = guarded(field, () => (isLiteral(given) ? Object.keys(given) : undefined))
  if (keys === undefined) throw presignError(field, 'must be an object of strings')
  return keys.map((name) => {
    const path = `${field}.${name}`
    requireRule(names.test(name), path, 'is not permitted')
    const value = guarded(path, () => (given as Record<string, unknown>)[name])
    if (typeof value !== 'string' || !isWellFormed(value)) throw presignError(path, 'must be a string')
    return [name, value]
  })
}

const readHeaders = ({ headers, contentType }: PresignUrlInput): Record<string, string> => {
  const read: Record<string, string> = contentType === undefined ? {} : { 'content-type': contentType }
  for (const [name, value] of readStrings('headers', headers, headerNames)) {
    const [path, lower] = [`headers.${name}`, name.toLowerCase()]
    requireRule(/^[\t -~]*$/.test(value), path, 'must be printable ASCII')
    requireRule(!Object.hasOwn(read, lower) || read[lower] === value, path, 'is given twice')
    read[lower] = value
  }
  return read
}

/** Header names, except the fields that make up the signature itself. */
const headerNames = /^(?!(host|authorization|x-amz-(date|content-sha256|security-token|expires|signature))$)[\w-]+$/i

const readCredentials = (input: { readonly credentials?: unknown }): SigningCredentials => {
  const given = readFields<Partial<SigningCredentials>>(input.credentials, credentialsTypes, 'credentials')
  const { accessKeyId = '', secretAccessKey = '', sessionToken } = given
  const credentials = { accessKeyId, secretAccessKey, sessionToken }
  for (const [field, value = 'none'] of Object.entries(credentials))
    requireRule(/^[!-~]+$/.test(value), `credentials.${field}`, 'must be ASCII without spaces')
  return credentials
}

/** Scheme, host and base path of the account's endpoint, or of the given one. The rules are those of the client. */
const endpointOf = (input: PresignUrlInput): { readonly origin: string; readonly basePath: string } => {
  const { accountId, endpoint, jurisdiction, allowInsecureEndpoint = false } = input
  if (jurisdiction !== undefined) requireOneOf('jurisdiction', jurisdiction, jurisdictions)
  const isIdentified = accountId === undefined ? endpoint !== undefined : isAccountId(accountId)
  requireRule(isIdentified, 'accountId', 'must be 32 hex characters')
  if (endpoint === undefined) return { origin: `https://${r2HostOf(accountId ?? '', jurisdiction)}`, basePath: '' }
  requireRule(URL.canParse(endpoint) && /^\s*https?:/i.test(endpoint), 'endpoint', 'must be of the form https://host')
  const { protocol, host, hostname, pathname, username, password, search, hash } = new URL(endpoint)
  requireRule(username + password + search + hash === '', 'endpoint', 'must be of the form https://host')
  const isSecure = protocol === 'https:'
  const isPossible = isR2Host(hostname)
    ? isAccountHost(hostname) && isSecure && pathname === '/'
    : isSecure || allowInsecureEndpoint || isLoopback(hostname)
  requireRule(isPossible, 'endpoint', 'must be https: of an account, or set allowInsecureEndpoint for plain HTTP')
  requireRule(!contradictsHost(hostname, accountId, jurisdiction), 'endpoint', 'contradicts accountId or jurisdiction')
  return { origin: `${protocol}//${host}`, basePath: pathname.replace(/\/+$/, '') }
}
