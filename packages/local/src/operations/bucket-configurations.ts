/** The CORS, lifecycle and encryption configuration of a bucket: each an XML document that is put, read and deleted. */
import { encryptionDocument } from 'r2kit/protocol'
import { corsDocumentBytesMax, readCorsDocument } from '../cors/cors-configuration.js'
import { notImplemented, S3Error } from '../errors/s3-error.js'
import { emptyReply, type Reply, xmlReply } from '../http/reply.js'
import { readLifecycleDocument } from '../lifecycle/lifecycle-configuration.js'
import { requireBucket } from '../objects/lookup.js'
import { orMalformedXml, readBody } from '../objects/read-document.js'
import type { BucketRecord } from '../storage/index.js'
import type { BucketCall } from './call.js'

type Configuration = 'cors' | 'lifecycle' | 'encryption'

const update = async (
  { server, bucket }: BucketCall,
  change: (record: BucketRecord) => BucketRecord,
): Promise<void> => {
  const updated = await server.storage.updateBucket(bucket, change)
  if (updated === undefined) throw new S3Error('NoSuchBucket')
}

const deletionOf =
  (configuration: Configuration) =>
  async (call: BucketCall): Promise<Reply> => {
    await update(call, ({ [configuration]: _deleted, ...rest }) => rest)
    if (configuration === 'lifecycle') call.server.lifecycle.invalidate(call.bucket)
    return emptyReply(204)
  }

export const putBucketCors = async (call: BucketCall): Promise<Reply> => {
  requireBucket(call.server.storage, call.bucket)
  const cors = readCorsDocument(await readBody(call, true, corsDocumentBytesMax))
  await update(call, (record) => ({ ...record, cors }))
  return emptyReply(200)
}

export const getBucketCors = ({ server, bucket }: BucketCall): Reply => {
  const { cors } = requireBucket(server.storage, bucket)
  if (cors === undefined) throw new S3Error('NoSuchCORSConfiguration')
  return xmlReply(cors)
}

export const deleteBucketCors = deletionOf('cors')

export const putBucketLifecycle = async (call: BucketCall): Promise<Reply> => {
  requireBucket(call.server.storage, call.bucket)
  const lifecycle = readLifecycleDocument(await readBody(call))
  await update(call, (record) => ({ ...record, lifecycle }))
  call.server.lifecycle.invalidate(call.bucket)
  return emptyReply(200)
}

export const getBucketLifecycle = ({ server, bucket }: BucketCall): Reply => {
  const { lifecycle } = requireBucket(server.storage, bucket)
  if (lifecycle === undefined) throw new S3Error('NoSuchLifecycleConfiguration')
  return xmlReply(lifecycle)
}

export const deleteBucketLifecycle = deletionOf('lifecycle')

/**
 * @returns The document in our own formatting.
 * @throws S3Error `MalformedXML`, or `NotImplemented` for any algorithm but AES256.
 */
const readEncryptionDocument = (bytes: Uint8Array): string => {
  const { rules } = orMalformedXml(() => encryptionDocument.read(bytes))
  const [rule] = rules
  if (rule === undefined || rules.length > 1) throw new S3Error('MalformedXML')
  if (rule.algorithm !== 'AES256') throw notImplemented(`SSEAlgorithm ${rule.algorithm}`)
  return encryptionDocument.write({ rules })
}

export const putBucketEncryption = async (call: BucketCall): Promise<Reply> => {
  requireBucket(call.server.storage, call.bucket)
  const encryption = readEncryptionDocument(await readBody(call))
  await update(call, (record) => ({ ...record, encryption }))
  return emptyReply(200)
}

/** R2's only encryption, which it returns for buckets without a configuration. */
const standardEncryption = encryptionDocument.write({ rules: [{ algorithm: 'AES256', bucketKeyEnabled: true }] })

export const getBucketEncryption = ({ server, bucket }: BucketCall): Reply =>
  xmlReply(requireBucket(server.storage, bucket).encryption ?? standardEncryption)

export const deleteBucketEncryption = deletionOf('encryption')
