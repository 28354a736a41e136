/** Where a copy comes from: `x-amz-copy-source`, its conditions and its customer's key. */
import { invalidArgument } from '../errors/s3-error.js'
import type { ObjectCall } from '../http/call.js'
import { percentDecode } from '../routing/percent.js'
import type { ObjectRecord, StagedContent } from '../storage/index.js'
import { requireObject } from './buckets.js'
import type { ByteRange } from './byte-range.js'
import { readConditions, requireConditions } from './conditions.js'
import { checkCustomerKey, readCustomerKey } from './customer-key.js'
import { normalizedKey } from './keys.js'

/** `/bucket/key` or `bucket/key`, percent-decoded once. A `?versionId=` would be part of the key: R2 has no versions. */
const readCopySource = (header: string): { readonly bucket: string; readonly key: string } => {
  const text = percentDecode(header)
  const source = text.startsWith('/') ? text.slice(1) : text
  const separator = source.indexOf('/')
  if (separator < 1 || separator === source.length - 1) throw invalidArgument('copy source bucket name')
  return { bucket: source.slice(0, separator), key: normalizedKey(source.slice(separator + 1)) }
}

export interface CopySource {
  readonly object: ObjectRecord
  /** The bytes that were asked for, held until they are committed or discarded. */
  readonly staged: StagedContent
}

/**
 * Finds the source and holds its bytes, in one step: nothing can replace the object in between.
 * @param rangeOf Which bytes are wanted; throws for a source that cannot be copied.
 * @throws S3Error NoSuchBucket, NoSuchKey, PreconditionFailed, and what a wrong customer's key gives
 */
export const openCopySource = async (
  { server, headers }: ObjectCall,
  rangeOf: (object: ObjectRecord) => ByteRange | undefined,
): Promise<CopySource> => {
  const { bucket, key } = readCopySource(headers['x-amz-copy-source'] ?? '')
  await server.lifecycle.upToDate(bucket)
  const object = requireObject(server.storage, bucket, key)
  checkCustomerKey(object.ssecKeyMd5, readCustomerKey(headers, 'source'))
  requireConditions(readConditions(headers, 'x-amz-copy-source-'), object)
  return { object, staged: server.storage.share(object.content, rangeOf(object)) }
}
