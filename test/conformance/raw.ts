/**
 * Sends requests that a correct client never sends: signed by r2kit's signer, then modified. `raw-transport.ts` sends them unchanged.
 */
import type { HttpMethod, Transport } from 'r2kit'
import { canonicalQuery, RequestSigner, sha256Hex, systemClock } from 'r2kit/protocol'
import type { Target } from './target.js'

export interface RawRequest {
  /** @defaultValue 'GET' */
  readonly method?: string
  /** Percent-encoded, below the endpoint's base path: `/bucket/key`. */
  readonly path: string
  /** Sent instead of `path`; the signature still covers `path`. @defaultValue `path` */
  readonly sentPath?: string
  readonly query?: readonly (readonly [name: string, value: string])[]
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** The payload hash that is signed. @defaultValue the body's SHA-256 */
  readonly payloadHash?: string
  /** The time in the signature, in milliseconds since the epoch. @defaultValue now */
  readonly nowMs?: number
  /** Whether the request is signed. @defaultValue true */
  readonly signed?: boolean
  readonly credentials?: Target['credentials']
  /** Changes the signed headers before they are sent. */
  readonly tamper?: (headers: Record<string, string>) => void
  /** Sends the body chunked, without a `Content-Length`. */
  readonly chunked?: boolean
}

export interface RawResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Buffer
  readonly text: string
  /** `Code` and `Message` of an error document. */
  readonly code: string | undefined
  readonly message: string | undefined
}

/** A response, and the dialect of the server that sent it. */
export interface TargetResponse extends RawResponse {
  readonly dialect: Target['dialect']
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The text of the first element of this name. Independent of r2kit's XML parser, which is under test. */
export const elementText = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}(?: [^>]*)?>([^<]*)</${name}>`)
    .exec(xml)?.[1]
    ?.replace(/&(amp|lt|gt|quot|apos);/g, (whole, entity: string) => entities[entity] ?? whole)
    .replace(/&#(x?)([0-9a-f]+);/gi, (_, hex: string, digits: string) =>
      String.fromCodePoint(Number.parseInt(digits, hex ? 16 : 10)),
    )

/** The texts of all elements of this name, in order. */
export const elementTexts = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}(?: [^>]*)?>[^<]*</${name}>`, 'g'))].map(
    ([whole]) => elementText(whole, name) ?? '',
  )

/** Requests a URL with plain HTTP, and keeps dot segments in its path. */
export type UrlSender = (
  url: string,
  request?: { method?: string; headers?: Record<string, string>; body?: string | Uint8Array },
  /** Whether the body is sent chunked, without a `Content-Length`. */
  chunked?: boolean,
) => Promise<RawResponse>

const bounds = { maxResponseBytes: Number.MAX_SAFE_INTEGER, timeoutMs: 30_000, stallTimeoutMs: 30_000 }

export const urlSender =
  (transport: Transport): UrlSender =>
  async (url, { method = 'GET', headers = {}, body } = {}, chunked = false) => {
    const [, origin = '', path = '', query = ''] = /^(https?:\/\/[^/?]+)([^?]*)\??(.*)$/.exec(url) ?? []
    const bytes = body === undefined ? undefined : Buffer.from(body)
    const isWithoutLength = bytes === undefined && method !== 'PUT' && method !== 'POST'
    const framing: Record<string, string> = chunked
      ? { 'transfer-encoding': 'chunked' }
      : isWithoutLength
        ? {}
        : { 'content-length': String(bytes?.length ?? 0) }
    const response = await transport.send({
      ...{ origin, path: path || '/', query, headers: { ...framing, ...headers } },
      // Some cases send methods that the client does not have.
      method: method as HttpMethod,
      body: bytes === undefined ? { kind: 'empty' } : { kind: 'bytes', bytes },
      ...{ responseBody: 'bytes', bounds, signal: undefined },
    })
    const all = Buffer.from(response.body as Uint8Array)
    const text = all.toString()
    const { status } = response
    return {
      ...{ status, headers: response.headers, bytes: all, text },
      code: status >= 300 ? elementText(text, 'Code') : undefined,
      message: status >= 300 ? elementText(text, 'Message') : undefined,
    }
  }

/** Returns a function that sends raw requests to the target. */
export const rawSender = (target: Target, transport: Transport) => {
  const sendUrl = urlSender(transport)
  const { clock = systemClock } = target
  const signer = new RequestSigner({ region: target.region })
  const endpoint = new URL(target.endpoint)
  const basePath = endpoint.pathname.replace(/\/$/, '')
  return async (request: RawRequest): Promise<TargetResponse> => {
    const { method = 'GET', query = [], body, signed = true, nowMs = clock.now() } = request
    const path = basePath + request.path
    const encodedQuery = canonicalQuery(query)
    const headers: Record<string, string> = { host: endpoint.host, ...request.headers }
    if (signed) {
      signer.sign(
        { method, path, query: encodedQuery, headers },
        request.credentials ?? target.credentials,
        request.payloadHash ?? sha256Hex(body ?? ''),
        nowMs,
      )
    }
    request.tamper?.(headers)
    const sentPath = request.sentPath === undefined ? path : basePath + request.sentPath
    const url = `${endpoint.origin}${sentPath}${encodedQuery === '' ? '' : `?${encodedQuery}`}`
    const response = await sendUrl(url, { method, headers, ...(body === undefined ? {} : { body }) }, request.chunked)
    return { ...response, dialect: target.dialect }
  }
}

export type RawSender = ReturnType<typeof rawSender>
