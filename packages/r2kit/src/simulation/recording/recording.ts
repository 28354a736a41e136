/**
 * The recording format: requests, their outcomes and times. Diffable text, version 1. Bodies are stored once, by their
 * SHA-256. Signatures, credentials, session tokens and customer keys are never part of it: requests keep only the header
 * fields that say what is asked.
 */
import { bytesFromBase64, utf8Bytes } from '../../base/bytes.js'
import { R2Error } from '../../errors/index.js'
import type { HeaderFields, HttpMethod, HttpRequest } from '../../http/index.js'
import { type Addressing, targetOf } from '../request-target.js'

/** A body by its digest. */
export interface RecordedBody {
  /** Lower-case hex SHA-256; the content is in the recording's `bodies`. */
  readonly sha256: string
  readonly bytes: number
}

/** What a request asks for, without what differs between two runs: signature, date, host. */
export interface RecordedRequest {
  readonly operation: string
  readonly bucket?: string | undefined
  readonly key?: string | undefined
  readonly method: HttpMethod
  /** Parameters of the query, in canonical order. */
  readonly query?: Readonly<Record<string, string>> | undefined
  readonly headers?: HeaderFields | undefined
  readonly body?: RecordedBody | undefined
}

/** A response, or how the attempt failed. */
export type RecordedOutcome =
  | {
      readonly status: number
      readonly headers: HeaderFields
      readonly body?: RecordedBody | undefined
      /** Sizes of the chunks in which a streamed body arrived; absent for a body in memory. */
      readonly chunks?: readonly number[] | undefined
      /** How a streamed body failed after those chunks. */
      readonly bodyError?: RecordedError | undefined
    }
  | { readonly error: RecordedError }

export interface RecordedError {
  /** One of `ErrorCode`. */
  readonly code: string
  readonly message: string
}

/** A request and its outcome. */
export interface Exchange {
  /** Order in which requests were sent, from 1. */
  readonly number: number
  /** When the request was sent, in milliseconds after the first one. */
  readonly sentMs: number
  /** Time from the request to the head of its response, or to its failure, in milliseconds. */
  readonly tookMs: number
  readonly request: RecordedRequest
  readonly outcome: RecordedOutcome
}

export interface Recording {
  readonly format: 'r2kit-recording'
  readonly version: 1
  readonly exchanges: readonly Exchange[]
  /** SHA-256 → content: text where it is printable UTF-8, else base64. */
  readonly bodies: Readonly<Record<string, { readonly text: string } | { readonly base64: string }>>
}

/** Header fields that say what a request asks for. All others are left out, so that a secret needs no list of its own. */
const meaningfulHeaders =
  /^(?:if-(?:none-)?match|if-(?:un)?modified-since|range|content-(?:type|encoding|language|disposition|md5)|cache-control|expires|cf-.*|x-amz-(?:meta-.*|checksum-.*|sdk-checksum-algorithm|storage-class|copy-source.*|metadata-directive|bucket-.*|server-side-encryption-customer-algorithm))$/
/** A customer's key is a secret, and so is its hash. */
const customerKey = /customer-key/
const signingParameter = /^x-amz-(?:algorithm|credential|date|expires|security-token|signature|signedheaders)$/i
/** Headers of responses that no client reads and that may name a session. */
const droppedResponseHeader = /^(?:set-cookie|nel|report-to|alt-svc)$/

/** What `request` asks for; its body is added by the caller, who reads it. */
export const recordedRequest = (request: HttpRequest, addressing: Addressing | undefined): RecordedRequest => {
  const { operation, bucket, key } = targetOf(request, addressing)
  const headers = pick(request.headers, (name) => meaningfulHeaders.test(name) && !customerKey.test(name))
  const parameters = new URLSearchParams(request.query.replaceAll('+', '%2B'))
  const query = Object.fromEntries([...parameters].filter(([name]) => !signingParameter.test(name)))
  return {
    operation,
    bucket,
    key,
    method: request.method,
    query: Object.keys(query).length === 0 ? undefined : query,
    headers: Object.keys(headers).length === 0 ? undefined : headers,
  }
}

export const recordedHeaders = (headers: HeaderFields): HeaderFields =>
  pick(headers, (name) => !droppedResponseHeader.test(name) && !customerKey.test(name))

const pick = (headers: HeaderFields, isKept: (name: string) => boolean): HeaderFields =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => isKept(name))
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  )

/** Control characters other than line ends and tabs. */
const unprintable = /(?![\t\n\r])\p{Cc}|\p{Cs}|\ufeff/u

/** A body as the recording stores it. */
export const storedBody = (bytes: Uint8Array): { text: string } | { base64: string } => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    if (!unprintable.test(text)) return { text }
  } catch {
    // No UTF-8.
  }
  return { base64: base64OfBody(bytes) }
}

/** In blocks, each a multiple of three bytes long: one call for all would make a string per byte. */
const base64OfBody = (bytes: Uint8Array): string => {
  const blockBytes = 3 * 8_192
  let base64 = ''
  for (let start = 0; start < bytes.length; start += blockBytes) {
    base64 += btoa(String.fromCharCode(...bytes.subarray(start, start + blockBytes)))
  }
  return base64
}

/** The content of a recorded body. @throws R2Error `InvalidConfig` for a body that the recording does not have */
export const bodyOf = ({ bodies }: Recording, body: RecordedBody | undefined): Uint8Array => {
  if (body === undefined) return new Uint8Array(0)
  const stored = bodies[body.sha256]
  const bytes =
    stored === undefined ? undefined : 'text' in stored ? utf8Bytes(stored.text) : bytesFromBase64(stored.base64)
  if (bytes === undefined) throw invalid(`has no body ${body.sha256}`)
  return bytes
}

/** The recording as text: JSON, indented, so that two recordings can be compared line by line. */
export const printRecording = (recording: Recording): string => `${JSON.stringify(recording, undefined, 2)}\n`

/** @throws R2Error `InvalidConfig` for text that is no recording of this version */
export const parseRecording = (text: string): Recording => {
  const value = parsed(text)
  if (typeof value !== 'object' || value === null || Reflect.get(value, 'format') !== 'r2kit-recording') {
    throw invalid('is not a recording of r2kit')
  }
  const recording = value as Recording
  if (recording.version !== 1) throw invalid(`has version ${String(recording.version)}; this release reads version 1`)
  if (!Array.isArray(recording.exchanges)) throw invalid('has no list of exchanges')
  for (const [index, exchange] of recording.exchanges.entries()) {
    const { request, outcome } = (exchange ?? {}) as Partial<Exchange>
    if (typeof request?.operation !== 'string' || typeof outcome !== 'object') {
      throw invalid(`has no request or no outcome in exchange ${index + 1}`)
    }
  }
  return { ...recording, bodies: Object.assign(Object.create(null), recording.bodies) }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new R2Error('InvalidConfig', 'the recording is not JSON', { field: 'recording', cause })
  }
}

const invalid = (problem: string): R2Error =>
  new R2Error('InvalidConfig', `the recording ${problem}`, { field: 'recording', hint: 'Record it again.' })
