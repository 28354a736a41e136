/**
 * Signature Version 4 from a server's side: takes a request apart and computes the signature it should bear. The server
 * decides how to respond to a missing or different piece.
 *
 * Path and query are compared in canonical form, not as sent: R2 decodes and re-encodes both, so that clients may leave
 * `( ) ! * '` raw on the wire as long as they sign them encoded.
 */
import { sha256Hex } from '#hash'
import { encodeQueryValue, joinSortedQuery } from '../base/encode.js'
import { canonicalPathFromRaw } from './canonical-path.js'
import {
  canonicalHeaders,
  canonicalRequest,
  credentialScope,
  type SignableHeaders,
  stringToSign,
} from './canonical-request.js'
import { SigningKeyCache } from './signing-key-cache.js'

/** A request as it arrived. */
export interface RawRequest {
  readonly method: string
  /** The path as sent, before the `?`; characters above 0x7F are single bytes, as Node reads the request line. */
  readonly path: string
  /** The query as sent, without the `?`. */
  readonly query: string
  /** By lower-case name; an array for a field that was sent several times (Node: `headersDistinct`). */
  readonly headers: SignableHeaders
}

/** The fields of an `Authorization` header; those that are not there are undefined. */
export interface AuthorizationPieces {
  readonly algorithm: string
  readonly credential: string | undefined
  readonly signedHeaders: string | undefined
  readonly signature: string | undefined
}

/** The parameters of a presigned URL, decoded; those that are not there are undefined. */
export interface PresignedPieces {
  readonly algorithm: string | undefined
  readonly credential: string | undefined
  readonly date: string | undefined
  readonly expires: string | undefined
  readonly signedHeaders: string | undefined
  readonly signature: string | undefined
  readonly securityToken: string | undefined
}

/** A credential taken apart: `accessKeyId/day/region/service/termination`. */
export interface CredentialPieces {
  /** May itself contain slashes. */
  readonly accessKeyId: string
  /** `YYYYMMDD` */
  readonly day: string
  readonly region: string
  readonly service: string
  /** `aws4_request` where it is right. */
  readonly termination: string
}

/** The signature that a request should bear, with the texts it was made from: R2 shows them when signatures differ. */
export interface ExpectedSignature {
  readonly canonicalRequest: string
  readonly stringToSign: string
  readonly signature: string
}

/** Takes an `Authorization` header apart. Fields may stand in any order, with or without spaces after the commas. */
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

/** Reads the parameters of a presigned URL from a raw query; a query without `credential` is not a presigned URL's. */
export const parsePresignedQuery = (query: string): PresignedPieces => {
  const parameters = new URLSearchParams(query)
  const parameter = (name: string): string | undefined => parameters.get(name) ?? undefined
  return {
    algorithm: parameter('X-Amz-Algorithm'),
    credential: parameter('X-Amz-Credential'),
    date: parameter('X-Amz-Date'),
    expires: parameter('X-Amz-Expires'),
    signedHeaders: parameter('X-Amz-SignedHeaders'),
    signature: parameter('X-Amz-Signature'),
    securityToken: parameter('X-Amz-Security-Token'),
  }
}

/** Takes a credential apart, or gives the number of its slash-separated parts where there are fewer than five. */
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

/** The names of a `SignedHeaders` field, lower-case, in the order given. */
export const parseSignedHeaders = (signedHeaders: string): string[] => signedHeaders.toLowerCase().split(';')

/**
 * A raw query in canonical form: decoded as servers decode (`+` is a space), encoded anew and sorted, the signature itself
 * left out.
 */
export const canonicalQueryFromRaw = (query: string): string => {
  if (query === '') return ''
  const encoded: (readonly [string, string])[] = []
  for (const [name, value] of new URLSearchParams(query)) {
    // Bytes that are no UTF-8 have become U+FFFD here, so that encoding cannot fail; no honest signature has them.
    if (name !== 'X-Amz-Signature') encoded.push([encodeQueryValue(name), encodeQueryValue(value)])
  }
  return joinSortedQuery(encoded)
}

/** What the expected signature depends on besides the request. */
export interface SignatureClaims {
  readonly credential: CredentialPieces
  /** `x-amz-date`, or the parameter `X-Amz-Date`. */
  readonly amzDate: string
  readonly signedHeaders: readonly string[]
  /** `x-amz-content-sha256` as sent, or `UNSIGNED-PAYLOAD` for a presigned URL. */
  readonly payloadHash: string
}

/** Computes expected signatures; keeps derived keys as a signer does. */
export class SignatureVerifier {
  /** By region and service, which a client chooses: only as many as R2 has names for. */
  readonly #caches = new Map<string, SigningKeyCache>()

  /** The signature that this request should bear if it was signed with this secret. */
  expectedSignature(request: RawRequest, claims: SignatureClaims, secretAccessKey: string): ExpectedSignature {
    const { credential, amzDate, signedHeaders, payloadHash } = claims
    const { accessKeyId, day, region, service } = credential
    const canonical = canonicalRequest({
      method: request.method,
      path: canonicalPathFromRaw(request.path),
      query: canonicalQueryFromRaw(request.query),
      headers: canonicalHeaders(request.headers, signedHeaders),
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

/** R2 accepts `auto`, `us-east-1` and six hints; a server that checks them later must not grow with what it is sent. */
const regionsMax = 16

/** Compares signatures in a time that does not tell where they differ. */
export const signaturesEqual = (expected: string, provided: string): boolean => {
  let difference = expected.length ^ provided.length
  for (let index = 0; index < expected.length; index++) {
    difference |= expected.charCodeAt(index) ^ provided.charCodeAt(index % (provided.length || 1))
  }
  return difference === 0
}
