/** What a recording keeps of a response: everything but secrets and what names a session. */
import { utf8Bytes } from '../../base/bytes.js'
import { type HeaderFields, type HttpRequest, headerOf } from '../../http/index.js'
import { redactText } from '../../security/index.js'

/** Fields that no S3 client reads and that may name a session. */
const droppedHeader = /^(?:set-cookie|nel|report-to|alt-svc|(?:www|proxy)-authenticate|authentication-info)$/

/** The server repeats the hash of a customer's key (SSE-C). A replay takes it from its request. */
const customerKeyHeader = /customer-key(?:-md5)?$/
const fromRequest = '[as in the request]'

export const recordedHeaders = (headers: HeaderFields, request: HttpRequest): HeaderFields =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !droppedHeader.test(name))
      .map(([name, value]) => [name, customerKeyHeader.test(name) ? fromRequest : redacted(value, request)]),
  )

/** The header fields of the response to `request`, which repeats a recorded one. */
export const replayedHeaders = (headers: Readonly<HeaderFields>, request: HttpRequest): HeaderFields =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      if (value !== fromRequest) return [[name, value]]
      const repeated = headerOf(request.headers, name)
      return repeated === undefined ? [] : [[name, repeated]]
    }),
  )

/**
 * Elements in which S3 servers return credentials and signatures of a refused request, or its header fields in hex. The strings
 * to sign stay: they have none once the secrets of the request are masked in them.
 */
const secretElement =
  /<(AWSAccessKeyId|StringToSignBytes|CanonicalRequestBytes)>[^<]*(?=<)|<(SignatureProvided)>[^<]{8,}(?=<)/g

/** The body of an error as a recording keeps it: servers return signatures in it, and proxies whole requests. */
export const recordedErrorBody = (bytes: Uint8Array, request: HttpRequest): Uint8Array => {
  const text = new TextDecoder().decode(bytes)
  const kept = redacted(text, request).replace(secretElement, (_, name = '', signature = '') => `<${name}${signature}>`)
  return kept === text ? bytes : utf8Bytes(kept)
}

const secretParameter = /^x-amz-(?:signature|credential|security-token|.*customer-key.*)$/i

/** `text` without the secrets of the request: in its header fields, or in the query of a presigned URL. */
export const redacted = (text: string, { headers, query }: HttpRequest): string => {
  let kept = redactText(text, headers)
  for (const secret of secretsOf(headers, query)) {
    if (secret.length < 8) continue
    kept = kept.replaceAll(secret, '[REDACTED]').replaceAll(encodeURIComponent(secret), '[REDACTED]')
  }
  return kept
}

/** Access key IDs, and the secrets of the query. */
const secretsOf = (headers: HeaderFields, query: string): string[] => {
  const accessKeyId = /Credential=([^/,\s]+)/.exec(headers.authorization ?? '')?.[1] ?? ''
  const parameters = [...new URLSearchParams(query)].filter(([name]) => secretParameter.test(name))
  return [
    accessKeyId,
    ...parameters.map(([name, value]) => (/credential/i.test(name) ? (value.split('/', 1)[0] ?? '') : value)),
  ]
}
