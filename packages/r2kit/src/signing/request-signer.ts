/** Signs requests. This part of Signature Version 4 runs once per attempt, so it must be fast. */
import { sha256Hex } from '#hash'
import { clientError } from '../errors/calls.js'
import type { HeaderFields } from '../http/index.js'
import { formatAmzDate } from './amz-date.js'
import {
  canonicalHeaders,
  canonicalRequest,
  signedHeaderNames,
  signingAlgorithm,
  stringToSign,
} from './canonical-request.js'
import type { SigningCredentials, SigningKey } from './signing-key.js'
import { SigningKeyCache } from './signing-key-cache.js'

/** A request that can be signed. `headers` includes `host`, and receives the signature. */
export interface RequestToSign {
  /** HTTP method in upper case. */
  readonly method: string
  /** Percent-encoded path, as sent. */
  readonly path: string
  /** Query in canonical form (see `canonicalQuery`), without the `?`; empty for none. */
  readonly query: string
  /** Header fields by lower-case name. */
  readonly headers: HeaderFields
}

/** Scope of the signatures. */
export interface RequestSignerOptions {
  /** Region of the scope. @defaultValue 'auto', R2's only region */
  region?: string
  /** Service of the scope. @defaultValue 's3' */
  service?: string
}

/**
 * Signs requests with cached keys. A key is derived once per UTC day and set of credentials.
 *
 * @example
 * const signer = new RequestSigner()
 * signer.sign({ method: 'GET', path: '/bucket/key', query: '', headers: { host } }, credentials, 'UNSIGNED-PAYLOAD', Date.now())
 */
export class RequestSigner {
  readonly #keys: SigningKeyCache
  #second = Number.NaN
  #amzDate = ''
  #day = ''
  #disposed = false

  constructor({ region = 'auto', service = 's3' }: RequestSignerOptions = {}) {
    this.#keys = new SigningKeyCache(region, service)
  }

  /** Number of signatures whose key was cached. */
  get keyCacheHits(): number {
    return this.#keys.hits
  }

  /**
   * Adds `x-amz-date`, `x-amz-content-sha256`, `x-amz-security-token` where there is a session token, and `authorization`
   * to the headers of the request. Headers with an earlier signature can be signed again.
   *
   * @param payloadHash SHA-256 of the body in lower-case hex, or `UNSIGNED-PAYLOAD`
   * @param nowMs time of the signature, in milliseconds since the epoch
   * @throws R2Error `ClientClosed` after `dispose`
   */
  sign(request: RequestToSign, credentials: SigningCredentials, payloadHash: string, nowMs: number): void {
    const { method, path, query, headers } = request
    const { key, amzDate } = this.keyAt(credentials, nowMs)
    headers['x-amz-content-sha256'] = payloadHash
    headers['x-amz-date'] = amzDate
    if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken
    else if (headers['x-amz-security-token'] !== undefined) delete headers['x-amz-security-token']
    const signable = canonicalHeaders(headers, signedHeaderNames(headers))
    const text = canonicalRequest({ method, path, query, headers: signable, payloadHash })
    const signature = key.sign(stringToSign(amzDate, key.scope, sha256Hex(text)))
    const { credential } = key
    headers.authorization = `${signingAlgorithm} Credential=${credential}, SignedHeaders=${signable.signedHeaders}, Signature=${signature}`
  }

  /**
   * The cached key and the date for a signature at `nowMs`, for other forms of signatures (`presignWithSigner`).
   *
   * @throws R2Error `ClientClosed` after `dispose`
   */
  keyAt(credentials: SigningCredentials, nowMs: number): { readonly key: SigningKey; readonly amzDate: string } {
    const amzDate = this.#amzDateAt(nowMs)
    return { amzDate, key: this.#keys.keyFor(credentials, this.#day) }
  }

  /** Overwrites the derived keys. Signing afterwards throws `ClientClosed`. */
  dispose(): void {
    this.#disposed = true
    this.#keys.clear()
  }

  /** Formats the date, at most once per second, and sets the day. */
  #amzDateAt(nowMs: number): string {
    if (this.#disposed) throw clientError('ClientClosed', 'Request not signed: the client was disposed')
    const second = Math.floor(nowMs / 1000)
    if (second !== this.#second) {
      this.#amzDate = formatAmzDate(nowMs)
      this.#day = this.#amzDate.slice(0, 8)
      this.#second = second
    }
    return this.#amzDate
  }
}
