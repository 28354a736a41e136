/**
 * Signature Version 4 for servers: parses the signature of a request and computes the expected one. The server decides how to
 * respond to a missing or different part.
 *
 * Path and query are compared in canonical form, not as sent. R2 decodes and encodes both again, so clients may send
 * `( ) ! * '` unencoded as long as they sign them encoded.
 */
import { sha256Hex } from '#hash'
import { encodeQueryValue, joinSortedQuery } from '../base/encode.js'
import { canonicalPathFromRaw } from './canonical-path.js'
import {
  canonicalHeaders,
  canonicalHeaderValue,
  canonicalRequest,
  credentialScope,
  type SignableHeaders,
  stringToSign,
} from './canonical-request.js'
import { SigningKeyCache } from './signing-key-cache.js'

/** Header fields by lower-case name. An array holds the values of a field that was sent several times. */
type ReceivedHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** A request as received. */
export interface RawRequest {
  /** HTTP method. */
  readonly method: string
  /** The path as sent, before the `?`; characters above 0x7F are single bytes, as Node reads the request line. */
  readonly path: string
  /** The query as sent, without the `?`. */
  readonly query: string
  /** Header fields by lower-case name; an array for a field that was sent several times (Node: `headersDistinct`). */
  readonly headers: ReceivedHeaders
}

/** The parts of an `Authorization` header. Absent parts are undefined. */
export interface AuthorizationPieces {
  /** First word: `AWS4-HMAC-SHA256`. */
  readonly algorithm: string
  /** Credential, which `parseCredential` parses. */
  readonly credential: string | undefined
  /** Names of the signed header fields: `name;name;name`. */
  readonly signedHeaders: string | undefined
  /** Signature in lower-case hex. */
  readonly signature: string | undefined
}

/** The parts of a credential: `accessKeyId/day/region/service/termination`. */
export interface CredentialPieces {
  /** Access key ID, which may contain slashes. */
  readonly accessKeyId: string
  /** Day of the scope: `YYYYMMDD`. */
  readonly day: string
  /** Region of the scope. */
  readonly region: string
  /** Service of the scope. */
  readonly service: string
  /** `aws4_request` in a valid credential. */
  readonly termination: string
}

/** The expected signature of a request, and the texts that it was made from. R2 shows them if signatures differ. */
export interface ExpectedSignature {
  /** Text of step 1. */
  readonly canonicalRequest: string
  /** Text of step 2. */
  readonly stringToSign: string
  /** Signature in lower-case hex. */
  readonly signature: string
}

/** Parses an `Authorization` header. Its parts may have any order, with or without spaces after the commas. */
export const parseAuthorization = (header: string): AuthorizationPieces => {
  const trimmed = header.trim()
  const space = trimmed.indexOf(' ')
  const algorithm = space < 0 ? trimmed : trimmed.slice(0, space)
  const fields = new Map<string, string>()
  for (const field of space < 0 ? [] : trimmed.slice(space + 1).split(',')) {
    const equals = field.indexOf('=')
    if (equals > 0) fields.set(field.slice(0, equals).trim(), field.slice(equals + 1).trim())
  }
  return {
    algorithm,
    credential: fields.get('Credential'),
    signedHeaders: fields.get('SignedHeaders'),
    signature: fields.get('Signature'),
  }
}

/** Parses a credential. Returns the number of its slash-separated parts if there are fewer than five. */
export const parseCredential = (credential: string): CredentialPieces | number => {
  const parts = credential.split('/')
  const [day, region, service, termination] = parts.slice(-4)
  if (
    parts.length < 5 ||
    day === undefined ||
    region === undefined ||
    service === undefined ||
    termination === undefined
  ) {
    return parts.length
  }
  return { accessKeyId: parts.slice(0, -4).join('/'), day, region, service, termination }
}

/** The names in a `SignedHeaders` part, in lower case and in their order. */
export const parseSignedHeaders = (signedHeaders: string): string[] => signedHeaders.toLowerCase().split(';')

/**
 * The canonical form of a raw query: decoded as servers decode (`+` is a space), encoded again and sorted, without the
 * signature itself.
 */
export const canonicalQueryFromRaw = (query: string): string => {
  if (query === '') return ''
  const encoded: (readonly [string, string])[] = []
  for (const [name, value] of new URLSearchParams(query)) {
    // Invalid UTF-8 has become U+FFFD here, so encoding cannot fail. No valid signature contains it.
    if (name !== 'X-Amz-Signature') encoded.push([encodeQueryValue(name), encodeQueryValue(value)])
  }
  return joinSortedQuery(encoded)
}

/** The parts of a received signature that the expected one depends on. */
export interface SignatureClaims {
  /** The parsed credential. */
  readonly credential: CredentialPieces
  /** Value of `x-amz-date`, or of the parameter `X-Amz-Date`. */
  readonly amzDate: string
  /** Names of the signed header fields, in lower case. */
  readonly signedHeaders: readonly string[]
  /** Value of `x-amz-content-sha256`, or `UNSIGNED-PAYLOAD` for a presigned URL. */
  readonly payloadHash: string
}

/** Joins the values of fields that were sent several times. */
const joined = (headers: ReceivedHeaders): SignableHeaders =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'object' ? value.map(canonicalHeaderValue).join(',') : value,
    ]),
  )

/** Computes expected signatures, and caches derived keys as a signer does. */
export class SignatureVerifier {
  /** By region and service. Clients choose both, so the number is bounded. */
  readonly #caches = new Map<string, SigningKeyCache>()

  /** The signature of this request if it was signed with this secret. */
  expectedSignature(request: RawRequest, claims: SignatureClaims, secretAccessKey: string): ExpectedSignature {
    const { credential, amzDate, signedHeaders, payloadHash } = claims
    const { accessKeyId, day, region, service } = credential
    const canonical = canonicalRequest({
      method: request.method,
      path: canonicalPathFromRaw(request.path),
      query: canonicalQueryFromRaw(request.query),
      headers: canonicalHeaders(joined(request.headers), signedHeaders),
      payloadHash,
    })
    const text = stringToSign(amzDate, credentialScope(day, region, service), sha256Hex(canonical))
    const key = this.#cacheOf(region, service).keyFor({ accessKeyId, secretAccessKey }, day)
    return { canonicalRequest: canonical, stringToSign: text, signature: key.sign(text) }
  }

  /** Overwrites the derived keys. */
  dispose(): void {
    for (const cache of this.#caches.values()) cache.clear()
    this.#caches.clear()
  }

  #cacheOf(region: string, service: string): SigningKeyCache {
    const name = `${region}/${service}`
    let cache = this.#caches.get(name)
    if (cache === undefined) {
      if (this.#caches.size >= regionsMax) this.dispose()
      cache = new SigningKeyCache(region, service)
      this.#caches.set(name, cache)
    }
    return cache
  }
}

/** R2 accepts `auto`, `us-east-1` and six location hints. Names that clients invent must not fill the memory of a server. */
const regionsMax = 16

/** Compares signatures in a time that does not depend on where they differ. */
export const signaturesEqual = (expected: string, provided: string): boolean => {
  let difference = expected.length ^ provided.length
  for (let index = 0; index < expected.length; index++) {
    difference |= expected.charCodeAt(index) ^ provided.charCodeAt(index % (provided.length || 1))
  }
  return difference === 0
}
