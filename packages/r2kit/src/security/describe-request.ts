/** Requests as logs may show them: without secrets, and short. */
import { mask } from './secret.js'

/** What a description is made from; every request of the transport is one. */
export interface DescribableRequest {
  readonly method: string
  /** Percent-encoded path. */
  readonly path: string
  /** Percent-encoded query without the `?`. */
  readonly query?: string
  readonly headers: Readonly<Record<string, string>>
  readonly bucket?: string | undefined
  readonly key?: string | undefined
  /** Of the body, in bytes. */
  readonly contentLength?: number | undefined
}

export interface RequestDescription {
  readonly method: string
  readonly bucket?: string
  readonly key?: string
  readonly path: string
  readonly query?: string
  readonly contentLength?: number
  readonly headers: Readonly<Record<string, string>>
}

const shownLengthMax = 200
/** Credentials, and the keys of SSE-C with their hashes, which tell two keys apart. */
export const secretHeader =
  /^(?:(?:proxy-)?authorization|cookie|x-amz-security-token|x-amz-(?:copy-source-)?server-side-encryption-customer-key.*)$/i
const secretParameter = /^x-amz-(?:signature|security-token|(?:copy-source-)?server-side-encryption-customer-key.*)$/i
const binary = /(?!\t)\p{Cc}|\ufffd|\p{Cs}/u

const shown = (text: string): string => {
  if (binary.test(text)) return '[BINARY]'
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}… (${text.length} characters)` : text
}

/** Headers as logs may show them: secrets masked, long values cut, binary ones named. */
const redactHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, secretHeader.test(name) ? mask : shown(value)]),
  )

/** A query without the signatures and tokens in it. */
const redactQuery = (query: string): string =>
  query
    .split('&')
    .map((pair) => {
      const [name = ''] = pair.split('=', 1)
      return secretParameter.test(decodedName(name)) ? `${name}=${mask}` : shown(pair)
    })
    .join('&')

/** A URL whose query is redacted, and without a user's name and password. */
export const redactUrl = (url: string): string => {
  const [, origin = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)(?:[^/?#]*@)?(.*)$/is.exec(url) ?? ['', '', url]
  const start = rest.indexOf('?')
  return start === -1 ? origin + rest : `${origin}${rest.slice(0, start)}?${redactQuery(rest.slice(start + 1))}`
}

/** A parameter's name may be percent-encoded in part, and still be understood by the server. */
const decodedName = (name: string): string => {
  try {
    return decodeURIComponent(name)
  } catch {
    // Not an encoded name; it is compared as it is.
    return name
  }
}

/**
 * What a log may say of a request.
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
