/** CreateMultipartUpload: everything that describes the object is said here, and conditions are tested here once already. */
import { randomBytes } from 'node:crypto'
import { xmlDocument, xmlValue } from 'r2kit/protocol'
import type { ObjectCall } from '../http/call.js'
import { type Reply, xmlReply } from '../http/reply.js'
import { asS3Error } from '../objects/buckets.js'
import { readUploadChecksum } from '../objects/checksums.js'
import { readConditions, requireConditions } from '../objects/conditions.js'
import { customerKeyHeaders } from '../objects/customer-key.js'
import { readDescription } from '../objects/description.js'
import { keyForm } from '../objects/keys.js'
import { ensureBucket } from './create-bucket.js'

/** R2's ids are opaque base64url of several hundred characters, so that clients with short columns for them fail here too. */
const newUploadId = (): string => randomBytes(240).toString('base64url')

export const createMultipartUpload = async (call: ObjectCall): Promise<Reply> => {
  const { server, bucket, key, keyAsSent, headers } = call
  const description = readDescription(headers)
  const checksum = readUploadChecksum(headers)
  const conditions = readConditions(headers)
  await ensureBucket(call)
  if (conditions !== undefined) requireConditions(conditions, server.storage.getObject(bucket, key))
  const uploadId = newUploadId()
  try {
    await server.storage.createUpload({
      ...description,
      ...keyForm(keyAsSent, key),
      bucket,
      key,
      uploadId,
      initiatedMs: server.clock.now(),
      ...(checksum === undefined ? {} : { checksumAlgorithm: checksum.algorithm, checksumType: checksum.type }),
    })
  } catch (error) {
    throw asS3Error(error)
  }
  const markup = xmlValue('UploadId', uploadId) + xmlValue('Bucket', bucket) + xmlValue('Key', keyAsSent)
  return xmlReply(xmlDocument('InitiateMultipartUploadResult', markup), {
    ...customerKeyHeaders(description.ssecKeyMd5),
    ...(checksum === undefined
      ? {}
      : { 'x-amz-checksum-algorithm': checksum.algorithm, 'x-amz-checksum-type': checksum.type }),
  })
}
