/** CORS, lifecycle and encryption of a bucket: three documents with the same life. */
import { encryptionDocument } from 'r2kit/protocol'
import { corsDocumentBytesMax, readCorsDocument } from '../cors/cors-configuration.js'
import { S3Error } from '../errors/s3-error.js'
import type { BucketCall } from '../http/call.js'
import { readBody } from '../http/read-document.js'
import { emptyReply, type Reply, xmlReply } from '../http/reply.js'
import { readLifecycleDocument } from '../lifecycle/lifecycle-configuration.js'
import { requireBucket } from '../objects/buckets.js'
import type { BucketRecord } from '../storage/index.js'
import { readEncryptionDocument } from './encryption-configuration.js'

type Field = 'cors' | 'lifecycle' | 'encryption'

const store = async ({ server, bucket }: BucketCall, change: (record: BucketRecord) => BucketRecord): Promise<void> => {
  const updated = await server.storage.updateBucket(bucket, change)
  if (updated === undefined) throw new S3Error('NoSuchBucket')
}

const remove =
  (field: Field) =>
  async (call: BucketCall): Promise<Reply> => {
    await store(call, ({ [field]: _removed, ...rest }) => rest)
    if (field === 'lifecycle') call.server.lifecycle.changed(call.bucket)
    return emptyReply(204)
  }

export const putBucketCors = async (call: BucketCall): Promise<Reply> => {
  requireBucket(call.server.storage, call.bucket)
  const cors = readCorsDocument(await readBody(call, true, corsDocumentBytesMax))
  await store(call, (record) => ({ ...record, cors }))
  return emptyReply(200)
}

export const getBucketCors = ({ server, bucket }: BucketCall): Reply => {
  const { cors } = requireBucket(server.storage, bucket)
  if (cors === undefined) throw new S3Error('NoSuchCORSConfiguration')
  return xmlReply(cors)
}

export const deleteBucketCors = remove('cors')

export const putBucketLifecycle = async (call: BucketCall): Promise<Reply> => {
  requireBucket(call.server.storage, call.bucket)
  const lifecycle = readLifecycleDocument(await readBody(call))
  await store(call, (record) => ({ ...record, lifecycle }))
  call.server.lifecycle.changed(call.bucket)
  return emptyReply(200)
}

export const getBucketLifecycle = ({ server, bucket }: BucketCall): Reply => {
  const { lifecycle } = requireBucket(server.storage, bucket)
  if (lifecycle === undefined) throw new S3Error('NoSuchLifecycleConfiguration')
  return xmlReply(lifecycle)
}

export const deleteBucketLifecycle = remove('lifecycle')

export const putBucketEncryption = async (call: BucketCall): Promise<Reply> => {
  requireBucket(call.server.storage, call.bucket)
  const encryption = readEncryptionDocument(await readBody(call))
  await store(call, (record) => ({ ...record, encryption }))
  return emptyReply(200)
}

/** Everything is encrypted with AES-256 on R2; a bucket that was told nothing answers so. */
const standardEncryption = encryptionDocument.write({ rules: [{ algorithm: 'AES256', bucketKeyEnabled: true }] })

export const getBucketEncryption = ({ server, bucket }: BucketCall): Reply =>
  xmlReply(requireBucket(server.storage, bucket).encryption ?? standardEncryption)

export const deleteBucketEncryption = remove('encryption')
