/** CreateBucket, and the header `cf-create-bucket-if-missing` of writes. */
import { childOf } from 'r2kit/protocol'
import { headerNotImplemented, S3Error } from '../errors/s3-error.js'
import { emptyReply, type Reply } from '../http/reply.js'
import { defaultLifecycle } from '../lifecycle/lifecycle-configuration.js'
import { requireBucket } from '../objects/lookup.js'
import { readOptionalDocument } from '../objects/read-document.js'
import type { BucketCall } from './call.js'

/** R2's location hints. */
const hints = new Set(['WNAM', 'ENAM', 'WEUR', 'EEUR', 'APAC', 'OC'])
/** Location constraints that leave the choice to R2. */
const automatic = new Set(['', 'AUTO', 'US-EAST-1'])

export const createBucket = async (call: BucketCall): Promise<Reply> => {
  const { server, bucket, headers } = call
  const objectLock = headers['x-amz-bucket-object-lock-enabled']
  if (objectLock !== undefined && objectLock !== 'false') {
    throw headerNotImplemented('x-amz-bucket-object-lock-enabled', objectLock)
  }
  const document = await readOptionalDocument(call, 'CreateBucketConfiguration')
  const location = readLocation(document && childOf(document, 'LocationConstraint')?.text)
  const outcome = await server.storage.createBucket({
    name: bucket,
    createdMs: server.clock.now(),
    location,
    lifecycle: defaultLifecycle,
  })
  if (outcome === 'exists') throw new S3Error('BucketAlreadyOwnedByYou')
  return emptyReply(200, { location: `/${bucket}` })
}

const readLocation = (constraint = ''): string => {
  const hint = constraint.toUpperCase()
  if (automatic.has(hint)) return 'AUTO'
  if (hints.has(hint)) return hint
  throw new S3Error('InvalidLocationConstraint')
}

/**
 * Creates a missing bucket if the request has `cf-create-bucket-if-missing: true`.
 * @throws S3Error `NoSuchBucket`
 */
export const ensureBucket = async ({ server, bucket, headers }: BucketCall): Promise<void> => {
  if (headers['cf-create-bucket-if-missing'] !== 'true') {
    requireBucket(server.storage, bucket)
    return
  }
  // 'exists' is a success here: a concurrent request may have created the bucket.
  await server.storage.createBucket({
    name: bucket,
    createdMs: server.clock.now(),
    location: 'AUTO',
    lifecycle: defaultLifecycle,
  })
}
