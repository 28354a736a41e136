/**
 * `r2kit/presign`: presigned URLs and nothing else. Synchronous, a few kilobytes, for edge functions that hand out
 * permissions and never send requests to R2 themselves. It imports single files of the signing module, whose index would
 * load the client's signer too where nothing is bundled.
 */
import { isWellFormed } from './base/bytes.js'
import { encodeKeyPath } from './base/encode.js'
import { isAccountHost, isAccountId, isR2Host, jurisdictions, r2HostOf } from './base/r2-host.js'
import { presignError } from './errors/base-error.js'
import { formatAmzDate } from './signing/amz-date.js'
import { presignWithKey } from './signing/presign-query.js'
import { checkPresign, type PresignedTarget, type PresignRules } from './signing/presign-rules.js'
import { type SigningCredentials, SigningKey } from './signing/signing-key.js'

export type { PresignedTarget, PresignMethod, PresignRules } from './signing/presign-rules.js'
export type { SigningCredentials } from './signing/signing-key.js'

/** Method, object, account and expiry of a presigned URL. */
export interface PresignUrlInput extends PresignedTarget, PresignRules {
  /** The account's id, 32 hex characters; not needed with `endpoint`. */
  readonly accountId?: string | undefined
  /** Scheme and host of the S3 endpoint, when it is not R2's own: `http://127.0.0.1:9000`. */
  readonly endpoint?: string | undefined
  /** Where the bucket is bound to a jurisdiction: it is reachable only through that one's endpoint. */
  readonly jurisdiction?: 'default' | 'eu' | 'fedramp' | 'us' | undefined
  readonly credentials: SigningCredentials
  /** Bucket in the path or in the host name. @defaultValue 'path' */
  readonly addressing?: 'path' | 'virtual-host' | undefined
  /** Header fields that the request must carry exactly so, for example `if-none-match` or `content-length`. All are signed. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Further query parameters, not encoded: `{ uploadId, partNumber: '1' }`. */
  readonly query?: Readonly<Record<string, string>> | undefined
  /** Milliseconds since the epoch at which the URL begins to hold. @defaultValue now */
  readonly nowMs?: number | undefined
}

/** A presigned URL and how to use it. */
export interface PresignedUrl {
  /** A bearer token for its request: keep it out of logs. */
  readonly url: string
  readonly method: PresignedTarget['method']
  /** Header fields to send with the request, exactly as they are here. */
  readonly headers: Readonly<Record<string, string>>
  readonly expiresAt: Date
}

/** Every field of the input, and the type of its value. */
const inputTypes: Readonly<Record<keyof PresignUrlInput, string>> = {
  method: 'string',
  bucket: 'string',
  key: 'string',
  expiresInSeconds: 'number',
  contentType: 'string',
  minExpirationSeconds: 'number',
  maxExpirationSeconds: 'number',
  allowedMethods: 'array',
  allowedContentTypes: 'array',
  bucketNames: 'string',
  accountId: 'string',
  endpoint: 'string',
  jurisdiction: 'string',
  credentials: 'object',
  addressing: 'string',
  headers: 'object',
  query: 'object',
  nowMs: 'number',
}

/** A provider's credentials may say when they expire; a URL cannot. */
const credentialsTypes: Readonly<Record<keyof SigningCredentials | 'expiresAt', string>> = {
  accessKeyId: 'string',
  secretAccessKey: 'string',
  sessionToken: 'string',
  expiresAt: 'object',
}

/**
 * Makes a URL that permits one method on one object until it expires, without any I/O.
 *
 * The URL can be used any number of times until then. Everything that is given is signed or refused: every header in
 * `headers` must be sent exactly as it is. URL parsers (browsers, `fetch`) collapse `.` and `..` segments, so R2 refuses a
 * key with such segments unless the client sends the URL as it is.
 *
 * @throws R2Error `InvalidPresign`; its `field` says what is wrong.
 * @example
 * const { url, headers } = presignUrl({
 *   accountId, credentials, method: 'PUT', bucket: 'photos', key: 'cat.jpg', contentType: 'image/jpeg', expiresInSeconds: 600,
 * })
 * await fetch(url, { method: 'PUT', headers, body })
 */
export const presignUrl = (given: PresignUrlInput): PresignedUrl => {
  const input = readFields<PresignUrlInput>(given, inputTypes)
  const { method, bucket, key, expiresInSeconds, nowMs = Date.now() } = input
  const headers = readHeaders(input)
  checkPresign({ ...input, contentType: headers['content-type'] }, input)
  if (!(nowMs >= 0 && nowMs < 253402300800000)) throw presignError('nowMs', 'must be a time before the year 10000')
  const credentials = readCredentials(input)
  const origin = originOf(input)
  const { addressing = 'path' } = input
  const virtualHost = addressing === 'virtual-host'
  if (!virtualHost && addressing !== 'path') throw presignError('addressing', 'must be path or virtual-host')
  if (virtualHost && /\/(\[|[\d.:]+$)/.test(origin)) throw presignError('addressing', 'needs a named host')
  const amzDate = formatAmzDate(nowMs)
  const signingKey = new SigningKey(credentials, amzDate.slice(0, 8), 'auto', 's3')
  const url = presignWithKey(
    {
      method,
      origin: virtualHost ? origin.replace('//', `//${bucket}.`) : origin,
      path: `${virtualHost ? '' : `/${bucket}`}/${encodeKeyPath(key)}`,
      query: readTexts('query', input.query, /^(?!x-amz-)/i),
      headers,
    },
    credentials,
    signingKey,
    { amzDate, expiresInSeconds },
  )
  signingKey.destroy()
  // The signature bears whole seconds.
  return { url, method, headers, expiresAt: new Date((Math.floor(nowMs / 1000) + expiresInSeconds) * 1000) }
}

/** Reads a part of a caller's object, which may have getters that throw, or be a Proxy that does. */
const guarded = <T>(path: string, read: () => T): T => {
  try {
    return read()
  } catch {
    // Whatever the caller's own code throws: the field is what has to be mended.
    throw presignError(path, 'could not be read')
  }
}

/** Reads each field once, those of a class too: a getter cannot return another key after the check. */
const readFields = <T>(given: unknown, types: Readonly<Record<string, string>>, prefix = ''): T => {
  if (typeof given !== 'object' || given === null) throw presignError('input', 'must be an object')
  const object = given as Record<string, unknown>
  const input: Record<string, unknown> = {}
  const own = guarded(prefix || 'input', () => Object.keys(object))
  for (const name of new Set([...own, ...Object.keys(types)])) {
    const path = prefix + name
    const value = guarded(path, () => copied(object[name]))
    if (value === undefined) continue
    const type = Object.hasOwn(types, name) ? types[name] : undefined
    if (type === undefined) throw presignError(path, `is not a field: ${Object.keys(types).join(', ')}`)
    const kind = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value
    if (kind !== type) throw presignError(path, `must be of type ${type}, but it is ${kind}`)
    input[name] = value
  }
  return input as T
}

/** The elements of an array could change after the check. */
const copied = (value: unknown): unknown =>
  // By its keys: an array may be four billion holes.
  Array.isArray(value) ? Object.keys(value).map((index) => String(Reflect.get(value, index))) : value

const isLiteral = (object: object): boolean => {
  const prototype: object | null = Object.getPrototypeOf(object)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Texts by name. */
const readTexts = (field: string, given: object = {}, names: RegExp): [name: string, value: string][] => {
  // A Headers, Map or URLSearchParams has no names of its own, and would be taken for an empty object.
  const keys = guarded(field, () => (isLiteral(given) ? Object.keys(given) : undefined))
  if (keys === undefined) throw presignError(field, 'must be an object of strings')
  return keys.map((name) => {
    const path = `${field}.${name}`
    if (!names.test(name)) throw presignError(path, 'is not possible')
    const value = guarded(path, () => (given as Record<string, unknown>)[name])
    if (typeof value !== 'string' || !isWellFormed(value)) throw presignError(path, 'must be a string')
    return [name, value]
  })
}

const readHeaders = ({ headers, contentType }: PresignUrlInput): Record<string, string> => {
  const read: Record<string, string> = contentType === undefined ? {} : { 'content-type': contentType }
  for (const [name, value] of readTexts('headers', headers, headerNames)) {
    if (!/^[\t -~]*$/.test(value)) throw presignError(`headers.${name}`, 'must be printable ASCII')
    const lower = name.toLowerCase()
    if (Object.hasOwn(read, lower) && read[lower] !== value) throw presignError(`headers.${name}`, 'is given twice')
    read[lower] = value
  }
  return read
}

/** Without those that the signature itself consists of. */
const headerNames = /^(?!(host|authorization|x-amz-(date|content-sha256|security-token|expires|signature))$)[\w-]+$/i

const readCredentials = ({ credentials }: PresignUrlInput): SigningCredentials => {
  const read = readFields<Partial<SigningCredentials>>(credentials, credentialsTypes, 'credentials.')
  for (const [field, value] of Object.entries({ accessKeyId: '', secretAccessKey: '', ...read, expiresAt: 'any' })) {
    if (!/^[!-~]+$/.test(value ?? 'none')) throw presignError(`credentials.${field}`, 'must be a text without spaces')
  }
  return read as SigningCredentials
}

const originOf = ({ accountId, endpoint, jurisdiction = 'default' }: PresignUrlInput): string => {
  if (!['default', ...jurisdictions].includes(jurisdiction)) throw presignError('jurisdiction', 'is unknown')
  const region = jurisdiction === 'default' ? undefined : jurisdiction
  if (accountId === undefined ? endpoint === undefined : !isAccountId(accountId))
    throw presignError('accountId', 'must be 32 hex characters')
  if (endpoint === undefined) return `https://${r2HostOf(accountId ?? '', region)}`
  const [, protocol = '', host = ''] = /^(https?:)\/\/([\w.[\]:-]+)\/?$/.exec(endpoint.toLowerCase()) ?? []
  if (host === '' || (isR2Host(host) && (!isAccountHost(host) || protocol === 'http:')))
    throw presignError('endpoint', 'must be like https://host')
  const isContradicted = isR2Host(host)
    ? (accountId ?? region) !== undefined && host !== r2HostOf(accountId ?? host.slice(0, 32), region)
    : region !== undefined
  if (isContradicted) throw presignError('endpoint', 'contradicts accountId or jurisdiction')
  return `${protocol}//${host}`
}
