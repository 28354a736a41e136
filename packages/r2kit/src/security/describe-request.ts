/** Descriptions of requests for logs: short, and without secrets. */
import { shortened } from '../base/shown.js'
import { mask } from './secret.js'
import { secretHeader } from './secret-header.js'

/** The described parts of a request. Every request of a transport has them. */
export interface DescribableRequest {
  /** HTTP method. */
  readonly method: string
  /** Percent-encoded path. */
  readonly path: string
  /** Percent-encoded query without the `?`. */
  readonly query?: string | undefined
  /** Header fields by name, in any case. */
  readonly headers: Readonly<Record<string, string>>
  /** Bucket of the request. */
  readonly bucket?: string | undefined
  /** Key of the object, not encoded. */
  readonly key?: string | undefined
  /** Length of the body, in bytes. */
  readonly contentLength?: number | undefined
}

/** A request as logs may show it. Secrets are masked, long values cut, and values with control characters replaced. */
export interface RequestDescription {
  /** HTTP method. */
  readonly method: string
  /** Bucket of the request. */
  readonly bucket?: string | undefined
  /** Key of the object. */
  readonly key?: string | undefined
  /** Percent-encoded path. */
  readonly path: string
  /** Query without the `?`, with signatures and tokens masked. */
  readonly query?: string | undefined
  /** Length of the body, in bytes. */
  readonly contentLength?: number | undefined
  /** Header fields, with credentials and customer keys masked. */
  readonly headers: Readonly<Record<string, string>>
}

const shownLengthMax = 200
const secretParameter = /^x-amz-(?:signature|security-token|(?:copy-source-)?server-side-encryption-customer-key.*)$/i
const binary = /(?!\t)\p{Cc}|\ufffd|\p{Cs}/u

const shown = (text: string): string => {
  return binary.test(text) ? '[BINARY]' : shortened(text, shownLengthMax)
}

/** Headers for logs: secrets masked, long values cut, binary values replaced. */
const redactHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, secretHeader.test(name) ? mask : shown(value)]),
  )

/** A query with its signatures and tokens masked. */
const redactQuery = (query: string): string =>
  query
    .split('&')
    .map((pair) => {
      const [name = ''] = pair.split('=', 1)
      return secretParameter.test(decodedName(name)) ? `${name}=${mask}` : shown(pair)
    })
    .join('&')

/** A URL for logs: without user name and password, and with signatures and tokens masked. */
export const redactUrl = (url: string): string => {
  const [, origin = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)(?:[^/?#]*@)?(.*)$/is.exec(url) ?? ['', '', url]
  const start = rest.indexOf('?')
  return start === -1 ? origin + rest : `${origin}${rest.slice(0, start)}?${redactQuery(rest.slice(start + 1))}`
}

/** Decodes the name of a parameter: the server also accepts a name that is percent-encoded in part. */
const decodedName = (name: string): string => {
  try {
    return decodeURIComponent(name)
  } catch {
    // The name is not percent-encoded: it is compared unchanged.
    return name
  }
}

/**
 * Describes a request for logs, without secrets.
 *
 * @example logger.debug(describeRequest({ ...request, bucket, key, contentLength: 5 }))
 */
export const describeRequest = (request: DescribableRequest): RequestDescription => {
  const { method, bucket, key, path, query, contentLength, headers } = request
  return {
    method,
    ...(bucket !== undefined && { bucket }),
    ...(key !== undefined && { key: shown(key) }),
    path: shown(path),
    ...(query && { query: redactQuery(query) }),
    ...(contentLength !== undefined && { contentLength }),
    headers: redactHeaders(headers),
  }
}
