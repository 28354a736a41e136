/** What a recording keeps of a request. Allow-lists choose the fields, so that a secret needs no list of its own. */
import { copyOf } from '../../base/bytes.js'
import { type HeaderFields, type HttpRequest, headerOf } from '../../http/index.js'
import { type Addressing, targetOf } from '../request-target.js'
import type { RecordedRequest } from './recording.js'

/** Header fields that say what a request asks for. A customer's key (SSE-C) is a secret, and so is its hash. */
const meaningfulHeader =
  /^(?:if-(?:none-)?match|if-(?:un)?modified-since|range|content-(?:type|encoding|language|disposition|md5)|cache-control|expires|origin|access-control-request-(?:method|headers)|cf-(?:create-bucket-if-missing|copy-destination-if-.*)|x-amz-(?:meta-.*|checksum-.*|sdk-checksum-algorithm|storage-class|copy-source(?:-range|-if-.*)?|metadata-directive|mp-object-size|(?:copy-source-)?server-side-encryption-customer-algorithm))$/

/** Parameters of Signature Versions 2 and 4, and of other schemes that authenticate by the query. */
const secretParameter = /^(?:signature|awsaccesskeyid|credential|.*token|.*secret.*|.*password.*)$/i
/** `continuation-token` is a position in a list, not a secret. */
const listParameter = /^continuation-token$/i

/** What `request` asks for. Its body is added by the caller, which reads it. */
export const recordedRequest = (request: HttpRequest, addressing: Addressing | undefined): RecordedRequest => {
  const { operation, bucket, key } = targetOf(request, addressing)
  const headers = sorted(request.headers, (name) => meaningfulHeader.test(name))
  const parameters = new URLSearchParams(request.query.replaceAll('+', '%2B'))
  const query = sorted(Object.fromEntries(parameters), isKeptParameter)
  return {
    operation,
    bucket,
    key,
    method: request.method,
    query: Object.keys(query).length === 0 ? undefined : query,
    headers: Object.keys(headers).length === 0 ? undefined : headers,
  }
}

/** A presigned URL may carry header fields as parameters. */
const isKeptParameter = (name: string): boolean =>
  /^x-amz-/i.test(name)
    ? meaningfulHeader.test(name.toLowerCase())
    : listParameter.test(name) || !secretParameter.test(name)

const sorted = (fields: HeaderFields, isKept: (name: string) => boolean): HeaderFields =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => isKept(name))
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  )

const signatureDigits = 64
const beforeSignature = [';chunk-signature=', 'x-amz-trailer-signature:']

/**
 * The body of a request as a recording keeps it: in an aws-chunked body, zeros replace the signatures of its chunks. Two runs
 * sign at different times, so that their bodies would differ too.
 */
export const withoutSignatures = (headers: HeaderFields, bytes: Uint8Array): Uint8Array => {
  const payload = headerOf(headers, 'x-amz-content-sha256') ?? ''
  const coding = headerOf(headers, 'content-encoding') ?? ''
  if (!payload.startsWith('STREAMING-') && !coding.includes('aws-chunked')) return bytes
  const copy = copyOf(bytes)
  const encoder = new TextEncoder()
  for (const label of beforeSignature) replaceAfter(copy, encoder.encode(label))
  return copy
}

/** Replaces the hex digits after each occurrence of `label`. */
const replaceAfter = (bytes: Uint8Array, label: Uint8Array): void => {
  const [first = 0] = label
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (label.some((byte, index) => bytes[at + index] !== byte)) continue
    const start = at + label.length
    bytes.fill(0x30, start, Math.min(start + signatureDigits, bytes.length))
  }
}
