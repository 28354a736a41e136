/** CreateBucket, and R2's `cf-create-bucket-if-missing` on writes. */
import { childOf } from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'
import type { BucketCall } from '../http/call.js'
import { readOptionalDocument } from '../http/read-document.js'
import { emptyReply, type Reply } from '../http/reply.js'
import { defaultLifecycle } from '../lifecycle/default-rule.js'
import { requireBucket } from '../objects/buckets.js'
import { headerNotImplemented } from '../screening/screen-headers.js'

/** R2's location hints; `auto`, nothing and `us-east-1` leave the choice to R2. */
const hints = new Set(['WNAM', 'ENAM', 'WEUR', 'EEUR', 'APAC', 'OC'])
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

/** @throws S3Error NoSuchBucket, unless the request asks for the bucket to be made. */
export const ensureBucket = async ({ server, bucket, headers }: BucketCall): Promise<void> => {
  if (headers['cf-create-bucket-if-missing'] !== 'true') {
    requireBucket(server.storage, bucket)
    return
  }
  // Somebody else may have made it meanwhile, which is as good.
  await server.storage.createBucket({
    name: bucket,
    createdMs: server.clock.now(),
    location: 'AUTO',
    lifecycle: defaultLifecycle,
  })
}
