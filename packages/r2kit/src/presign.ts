/**
 * `r2kit/presign`: presigned URLs and nothing else. Synchronous, a few kilobytes, for edge functions that hand out
 * permissions and never speak to R2 themselves. It takes single files of the signing room, because the room's index would
 * load the client's signer too where nothing is bundled.
 */
import { encodeKeyPath } from './base/encode.js'
import { presignError } from './errors/index.js'
import { formatAmzDate } from './signing/amz-date.js'
import { presignWithKey } from './signing/presign-query.js'
import { checkPresign, type PresignedTarget, type PresignRules } from './signing/presign-rules.js'
import { type SigningCredentials, SigningKey } from './signing/signing-key.js'

export type { PresignedTarget, PresignMethod, PresignRules } from './signing/presign-rules.js'
export type { SigningCredentials } from './signing/signing-key.js'

/** What to permit, where, and until when. */
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
  /** Header fields that whoever uses the URL must send exactly so, for example `if-none-match`. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Further query parameters, not encoded: `{ uploadId, partNumber: '1' }`. */
  readonly query?: Readonly<Record<string, string>> | undefined
  /** Milliseconds since the epoch at which the URL begins to hold. @defaultValue now */
  readonly nowMs?: number | undefined
}

/** A presigned URL and how to use it. */
export interface PresignedUrl {
  /** Whoever has it, has the permission: keep it out of logs. */
  readonly url: string
  readonly method: PresignedTarget['method']
  /** Header fields to send with the request, exactly as they are here. */
  readonly headers: Readonly<Record<string, string>>
  readonly expiresAt: Date
}

/**
 * Makes a URL that permits one method on one object until it expires, without any I/O.
 *
 * Anyone can use the URL any number of times until then. URL parsers (browsers, `fetch`) collapse `.` and `..` segments, so
 * that a key with such segments is refused by R2 unless the client sends the URL as it is.
 *
 * @throws R2Error `InvalidPresign`; its `field` says what is wrong.
 * @example
 * const { url, headers } = presignUrl({
 *   accountId, credentials, method: 'PUT', bucket: 'photos', key: 'cat.jpg', contentType: 'image/jpeg', expiresInSeconds: 600,
 * })
 * await fetch(url, { method: 'PUT', headers, body })
 */
export const presignUrl = (input: PresignUrlInput): PresignedUrl => {
  const { method, bucket, key, expiresInSeconds, contentType, credentials, nowMs = Date.now() } = input
  checkPresign(input, input)
  for (const field of ['accessKeyId', 'secretAccessKey'] as const) {
    if (!credentials[field]) throw presignError(`credentials.${field}`, 'is missing')
  }
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(input.headers ?? {})) headers[name.toLowerCase()] = value
  if (contentType !== undefined) headers['content-type'] = contentType
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
      query: Object.entries(input.query ?? {}),
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

const originOf = ({ accountId = '', endpoint, jurisdiction = 'default' }: PresignUrlInput): string => {
  if (endpoint === undefined) {
    if (!/^[0-9a-f]{32}$/.test(accountId)) throw presignError('accountId', 'must be 32 hex characters')
    return `https://${accountId}${jurisdiction === 'default' ? '' : `.${jurisdiction}`}.r2.cloudflarestorage.com`
  }
  const match = /^(https?:\/\/[\w.[\]:-]+)\/?$/i.exec(endpoint)
  if (match?.[1] === undefined) throw presignError('endpoint', 'must be like https://host')
  return match[1].toLowerCase()
}
