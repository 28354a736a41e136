/**
 * `r2kit/presign`: presigned URLs and nothing else. Synchronous, a few kilobytes, for edge functions that hand out
 * permissions and never send requests to R2 themselves. It imports single files of the signing module, whose index would
 * load the client's signer too where nothing is bundled.
 */
import { isWellFormed } from './base/bytes.js'
import { encodeKeyPath } from './base/encode.js'
import { isAccountId, isR2Host, jurisdictions, problemWithR2Host, r2HostOf } from './base/r2-host.js'
import { presignError } from './errors/index.js'
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

/** Every field of the input, and the kind of its value. */
const fieldTypes: Readonly<Record<keyof PresignUrlInput, string>> = {
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
  const input = readInput(given)
  const { method, bucket, key, expiresInSeconds, nowMs = Date.now() } = input
  const headers = readHeaders(input)
  checkPresign({ ...input, contentType: headers['content-type'] }, input)
  const credentials = readCredentials(input.credentials)
  const origin = originOf(input)
  const virtualHost = input.addressing === 'virtual-host'
  if (virtualHost && /\/(\[|[\d.:]+$)/.test(origin)) throw presignError('addressing', 'needs a named host')
  const amzDate = formatAmzDate(nowMs)
  const signingKey = new SigningKey(credentials, amzDate.slice(0, 8), 'auto', 's3')
  const url = presignWithKey(
    {
      method,
      origin: virtualHost ? origin.replace('//', `//${bucket}.`) : origin,
      path: `${virtualHost ? '' : `/${bucket}`}/${encodeKeyPath(key)}`,
      query: Object.entries(readTexts('query', input.query, /^(?!x-amz-)/i)),
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

/** Reads each field once: a getter cannot return another key after the check. */
const readInput = (given: PresignUrlInput): PresignUrlInput => {
  const input: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(given ?? {})) {
    if (value === undefined) continue
    const type = Object.hasOwn(fieldTypes, field) ? fieldTypes[field as keyof PresignUrlInput] : undefined
    if (type === undefined) throw presignError(field, `is not a field: ${Object.keys(fieldTypes).join(', ')}`)
    const kind = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value
    if (kind !== type) throw presignError(field, `must be of type ${type}, but it is ${kind}`)
    input[field] = value
  }
  return input as unknown as PresignUrlInput
}

/** Texts by name, copied. */
const readTexts = (field: string, given: object | undefined, names: RegExp): Record<string, string> => {
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(given ?? {})) {
    if (!names.test(name)) throw presignError(`${field}.${name}`, 'is not possible')
    if (typeof value !== 'string' || !isWellFormed(value)) throw presignError(`${field}.${name}`, 'must be a string')
    texts[name] = value
  }
  return texts
}

const readHeaders = ({ headers, contentType }: PresignUrlInput): Record<string, string> => {
  const read: Record<string, string> = {}
  for (const [name, value] of Object.entries(readTexts('headers', headers, /^(?!host$|authorization$)[\w-]+$/i))) {
    if (!/^[\t -~]*$/.test(value)) throw presignError(`headers.${name}`, 'must be printable ASCII')
    read[name.toLowerCase()] = value
  }
  if (contentType !== undefined) read['content-type'] = contentType
  return read
}

const readCredentials = ({ accessKeyId, secretAccessKey, sessionToken }: SigningCredentials): SigningCredentials => {
  for (const [field, value] of Object.entries({ accessKeyId, secretAccessKey, sessionToken: sessionToken ?? 'none' })) {
    if (typeof value !== 'string' || value === '') throw presignError(`credentials.${field}`, 'is missing')
  }
  return { accessKeyId, secretAccessKey, sessionToken }
}

const originOf = ({ accountId, endpoint, jurisdiction = 'default' }: PresignUrlInput): string => {
  if (!['default', ...jurisdictions].includes(jurisdiction)) throw presignError('jurisdiction', 'is unknown')
  const region = jurisdiction === 'default' ? undefined : jurisdiction
  if (accountId !== undefined && !isAccountId(accountId)) throw presignError('accountId', 'must be 32 hex characters')
  const own = `https://${r2HostOf(accountId ?? '', region)}`
  if (endpoint === undefined) {
    if (accountId === undefined) throw presignError('accountId', 'must be 32 hex characters')
    return own
  }
  const [, origin = '', host = ''] = /^(https?:\/\/([\w.[\]:-]+))\/?$/i.exec(endpoint) ?? []
  if (origin === '' || problemWithR2Host(host, '') !== undefined)
    throw presignError('endpoint', 'must be like https://host')
  const isContradicted = isR2Host(host) ? accountId !== undefined && origin.toLowerCase() !== own : region !== undefined
  if (isContradicted) throw presignError('endpoint', 'contradicts accountId or jurisdiction')
  return origin.toLowerCase()
}
