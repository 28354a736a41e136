/** GetObject and HeadObject: conditions, then the range or part, then the bytes. HEAD is a GET without a body. */
import { S3Error } from '../errors/s3-error.js'
import type { Reply } from '../http/reply.js'
import { type ByteRange, contentRange, parsePartNumber, parseRange, partRange } from '../objects/byte-range.js'
import { checksumHeaders } from '../objects/checksums.js'
import { evaluateConditions, readConditions } from '../objects/conditions.js'
import { readCustomerKey, requireCustomerKey } from '../objects/customer-key.js'
import { objectHeaders } from '../objects/description.js'
import { requireObject } from '../objects/lookup.js'
import type { ObjectRecord } from '../storage/index.js'
import type { ObjectCall } from './call.js'

export const getObject = (call: ObjectCall): Reply => {
  const { server, bucket, key, headers: requested } = call
  const object = requireObject(server.storage, bucket, key)
  requireCustomerKey(object.ssecKeyMd5, readCustomerKey(requested, 'object'))
  const conditions = readConditions(requested)
  const outcome = conditions === undefined ? 'pass' : evaluateConditions(conditions, object)
  if (outcome === 'failed') throw new S3Error('PreconditionFailed')
  const headers = Object.assign(objectHeaders(object), server.lifecycle.expirationHeaders(bucket, key, object))
  const checksums =
    requested['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' ? checksumHeaders(object.checksum) : {}
  if (outcome === 'unchanged') return { status: 304, headers: Object.assign(headers, checksums) }
  if (call.method !== 'HEAD') overrideHeaders(call, headers)
  const range = requestedRange(call, object, headers)
  const { content } = object
  if (range === undefined) Object.assign(headers, checksums)
  else headers['content-range'] = contentRange(range, content.size)
  const status = range === undefined ? 200 : 206
  const length = range?.length ?? content.size
  if (call.method === 'HEAD' || length === 0) {
    headers['content-length'] = String(length)
    return { status, headers }
  }
  // Opened in the same turn of the event loop as the record, so that a concurrent delete cannot remove the bytes.
  return { status, headers, body: { kind: 'stream', length, source: server.storage.read(content, range) } }
}

/** @returns Undefined for the whole object. Adds `x-amz-mp-parts-count` to the headers if a part is requested. */
const requestedRange = (
  call: ObjectCall,
  object: ObjectRecord,
  headers: Record<string, string>,
): ByteRange | undefined => {
  const { range } = call.headers
  const partNumber = call.query.get('partNumber')
  if (partNumber === undefined) return range === undefined ? undefined : parseRange(range, object.content.size)
  if (range !== undefined) {
    throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter')
  }
  const part = partRange(parsePartNumber(partNumber), object.content.size, object.partSizes)
  if (object.partSizes !== undefined) headers['x-amz-mp-parts-count'] = String(object.partSizes.length)
  // Content-Range cannot express the range of an empty part.
  return part.length === 0 ? undefined : part
}

const overrides = [
  'content-type',
  'content-language',
  'expires',
  'cache-control',
  'content-disposition',
  'content-encoding',
] as const

/** RFC 9110, section 5.5. */
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/

/**
 * Replaces stored headers by `response-content-type` and similar query parameters. They have no effect on HEAD, as opendal's
 * tests against R2 found (its option `disable_stat_with_override`).
 * @throws S3Error `InvalidArgument`
 */
const overrideHeaders = ({ query }: ObjectCall, headers: Record<string, string>): void => {
  if (query.entries.length === 0) return
  for (const name of overrides) {
    const value = query.get(`response-${name}`)
    if (value === undefined) continue
    // Node rejects such a value too, but only when it sends the headers: too late for an error response.
    if (!headerValue.test(value)) throw new S3Error('InvalidArgument', `response-${name} is not a valid header value`)
    headers[name] = value
  }
}
