/** Signature Version 4 in the query string: a URL that contains its own permission. */
import { sha256Hex } from '#hash'
import { canonicalQuery } from '../base/encode.js'
import type { HeaderFields } from '../http/index.js'
import {
  canonicalHeaders,
  canonicalRequest,
  signingAlgorithm,
  stringToSign,
  unsignedPayload,
} from './canonical-request.js'
import type { RequestSigner } from './request-signer.js'
import type { SigningCredentials, SigningKey } from './signing-key.js'

/** The request that a URL permits. */
export interface PresignRequest {
  /** HTTP method in upper case. */
  readonly method: string
  /** Scheme, host and port, without a trailing slash. */
  readonly origin: string
  /** Percent-encoded path. */
  readonly path: string
  /** Further parameters, not encoded: `['partNumber', '1']`. @defaultValue none */
  readonly query?: readonly (readonly [name: string, value: string])[] | undefined
  /** Header fields by lower-case name that the request must send with exactly these values. All are signed; `host` is added. */
  readonly headers?: HeaderFields | undefined
}

/** The validity of a URL. */
export interface PresignTimes {
  /** Start: `YYYYMMDDTHHMMSSZ`, on the day of the signing key. */
  readonly amzDate: string
  /** Length in seconds. */
  readonly expiresInSeconds: number
}

/** A URL that is signed with a key. The body is not signed, because it is unknown when the URL is made. */
export const presignWithKey = (
  request: PresignRequest,
  { sessionToken }: SigningCredentials,
  key: SigningKey,
  { amzDate, expiresInSeconds }: PresignTimes,
): string => {
  const { method, origin, path, query = [], headers: extraHeaders } = request
  const fields = { ...extraHeaders, host: origin.slice(origin.indexOf('//') + 2) }
  // All headers: a header that is not signed could be sent with any value.
  const headers = canonicalHeaders(fields, Object.keys(fields).sort())
  const signedQuery = canonicalQuery([
    ...query,
    ['X-Amz-Algorithm', signingAlgorithm],
    ['X-Amz-Credential', key.credential],
    ['X-Amz-Date', amzDate],
    ['X-Amz-Expires', String(expiresInSeconds)],
    ['X-Amz-SignedHeaders', headers.signedHeaders],
    ...(sessionToken === undefined ? [] : [['X-Amz-Security-Token', sessionToken] as const]),
  ])
  const text = canonicalRequest({ method, path, query: signedQuery, headers, payloadHash: unsignedPayload })
  const signature = key.sign(stringToSign(amzDate, key.scope, sha256Hex(text)))
  return `${origin}${path}?${signedQuery}&X-Amz-Signature=${signature}`
}

/**
 * A URL that is signed with the cached keys of a client. It applies no limits; `checkPresign` does.
 *
 * @param nowMs start of the validity, in milliseconds since the epoch
 * @throws R2Error `ClientClosed` if the signer was disposed
 */
export const presignWithSigner = (
  signer: RequestSigner,
  request: PresignRequest,
  credentials: SigningCredentials,
  { expiresInSeconds, nowMs }: { readonly expiresInSeconds: number; readonly nowMs: number },
): string => {
  const { key, amzDate } = signer.keyAt(credentials, nowMs)
  return presignWithKey(request, credentials, key, { amzDate, expiresInSeconds })
}
