/** The source of CopyObject and UploadPartCopy: `x-amz-copy-source`, its conditions and its SSE-C key. */
import { requirePermission } from '../authentication/permission.js'
import { invalidArgument } from '../errors/s3-error.js'
import type { ByteRange } from '../objects/byte-range.js'
import { readConditions, requireConditions } from '../objects/conditions.js'
import { readCustomerKey, requireCustomerKey } from '../objects/customer-key.js'
import { normalizedKey } from '../objects/keys.js'
import { requireObject } from '../objects/lookup.js'
import { percentDecode } from '../routing/percent.js'
import type { ObjectRecord, StagedContent } from '../storage/index.js'
import type { ObjectCall } from './call.js'

/** Parses `/bucket/key` or `bucket/key`, percent-decoded once. R2 has no versions: `?versionId=` is part of the key. */
const readCopySource = (header: string): { readonly bucket: string; readonly key: string } => {
  const text = percentDecode(header)
  const source = text.startsWith('/') ? text.slice(1) : text
  const separator = source.indexOf('/')
  if (separator < 1 || separator === source.length - 1) throw invalidArgument('copy source bucket name')
  return { bucket: source.slice(0, separator), key: normalizedKey(source.slice(separator + 1)) }
}

export interface CopySource {
  readonly object: ObjectRecord
  /** The requested bytes, kept until they are committed or discarded. */
  readonly staged: StagedContent
}

/**
 * Finds the source and stages its bytes in the same turn of the event loop, so that no request can replace it in between.
 * @param rangeOf Returns the range to copy, undefined for the whole object. May throw to reject the source.
 * @throws S3Error `AccessDenied`, `NoSuchBucket`, `NoSuchKey`, `PreconditionFailed`, and the errors of an SSE-C key
 */
export const openCopySource = async (
  { server, headers, keyPair }: ObjectCall,
  rangeOf: (object: ObjectRecord) => ByteRange | undefined,
): Promise<CopySource> => {
  const { bucket, key } = readCopySource(headers['x-amz-copy-source'] ?? '')
  requirePermission(keyPair, 'GetObject', bucket)
  await server.lifecycle.sweepIfDue(bucket)
  const object = requireObject(server.storage, bucket, key)
  requireCustomerKey(object.ssecKeyMd5, readCustomerKey(headers, 'source'))
  requireConditions(readConditions(headers, 'x-amz-copy-source-'), object)
  return { object, staged: server.storage.share(object.content, rangeOf(object)) }
}
