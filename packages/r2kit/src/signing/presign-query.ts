/** Signature Version 4 in the query string: a URL that carries its own permission. */
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

/** The request that a URL shall permit. */
export interface PresignRequest {
  readonly method: string
  /** Scheme, host and port, without a trailing slash. */
  readonly origin: string
  /** Percent-encoded path. */
  readonly path: string
  /** Further parameters, not encoded yet: `['partNumber', '1']`. */
  readonly query?: readonly (readonly [name: string, value: string])[] | undefined
  /** Lower-case header fields that the request must carry exactly so; all are signed. `host` is added. */
  readonly headers?: HeaderFields | undefined
}

/** When a URL is made and how long it holds. */
export interface PresignTimes {
  readonly amzDate: string
  readonly expiresInSeconds: number
}

/** The signed URL. Its body is not signed: it is not known yet. */
export const presignWithKey = (
  request: PresignRequest,
  { sessionToken }: SigningCredentials,
  key: SigningKey,
  { amzDate, expiresInSeconds }: PresignTimes,
): string => {
  const { method, origin, path, query = [], headers: extraHeaders } = request
  const fields = { ...extraHeaders, host: origin.slice(origin.indexOf('//') + 2) }
  // All of them: a header that is named and not signed could be sent with any value.
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

/** A URL that is signed with the cached keys of a client. `checkPresign` applies the limits. */
export const presignWithSigner = (
  signer: RequestSigner,
  request: PresignRequest,
  credentials: SigningCredentials,
  { expiresInSeconds, nowMs }: { readonly expiresInSeconds: number; readonly nowMs: number },
): string => {
  const { key, amzDate } = signer.keyAt(credentials, nowMs)
  return presignWithKey(request, credentials, key, { amzDate, expiresInSeconds })
}
