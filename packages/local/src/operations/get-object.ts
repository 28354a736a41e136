/** GetObject and HeadObject: conditions, then ranges or parts, then the bytes. HEAD is GET whose body is not sent. */
import { S3Error } from '../errors/s3-error.js'
import type { ObjectCall } from '../http/call.js'
import type { Reply } from '../http/reply.js'
import { requireObject } from '../objects/buckets.js'
import { type ByteRange, contentRange, parsePartNumber, parseRange, partRange } from '../objects/byte-range.js'
import { checksumHeaders } from '../objects/checksums.js'
import { evaluateConditions, readConditions } from '../objects/conditions.js'
import { checkCustomerKey, readCustomerKey } from '../objects/customer-key.js'
import { objectHeaders } from '../objects/description.js'
import type { ObjectRecord } from '../storage/index.js'

export const getObject = (call: ObjectCall): Reply => {
  const { server, bucket, key, headers: fields } = call
  const object = requireObject(server.storage, bucket, key)
  checkCustomerKey(object.ssecKeyMd5, readCustomerKey(fields, 'object'))
  const conditions = readConditions(fields)
  const outcome = conditions === undefined ? 'pass' : evaluateConditions(conditions, object)
  if (outcome === 'failed') throw new S3Error('PreconditionFailed')
  const headers = objectHeaders(object)
  const expiration = server.lifecycle.expirationOf(bucket, key, object)
  if (expiration !== undefined) headers['x-amz-expiration'] = expiration
  const checksums = fields['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' ? checksumHeaders(object.checksum) : {}
  if (outcome === 'unchanged') return { status: 304, headers: Object.assign(headers, checksums) }
  if (call.method !== 'HEAD') overrideHeaders(call, headers)
  const wanted = wantedRange(call, object, headers)
  const { content } = object
  if (wanted === undefined) Object.assign(headers, checksums)
  else headers['content-range'] = contentRange(wanted, content.size)
  const status = wanted === undefined ? 200 : 206
  const length = wanted?.length ?? content.size
  if (call.method === 'HEAD' || length === 0) {
    headers['content-length'] = String(length)
    return { status, headers }
  }
  // Opened here and now: a delete that comes between record and bytes would take the bytes away.
  return { status, headers, body: { kind: 'stream', length, source: server.storage.read(content, wanted) } }
}

const wantedRange = (
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
  // An empty part has no first byte that a Content-Range could name.
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
 * `response-content-type` and its like replace the stored fields in the response to a GET. On HEAD they have no effect, as
 * opendal's tests against R2 found (its switch `disable_stat_with_override`).
 */
const overrideHeaders = ({ query }: ObjectCall, headers: Record<string, string>): void => {
  if (query.entries.length === 0) return
  for (const name of overrides) {
    const value = query.get(`response-${name}`)
    if (value === undefined) continue
    // Node would refuse to send it, when it is too late for a response that says so.
    if (!headerValue.test(value)) throw new S3Error('InvalidArgument', `response-${name} is not a header value`)
    headers[name] = value
  }
}
