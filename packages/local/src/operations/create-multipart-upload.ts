/** CreateMultipartUpload: stores the future object's description. Conditions are checked here and again at completion. */
import { randomBytes } from 'node:crypto'
import { xmlDocument, xmlValue } from 'r2kit/protocol'
import { type Reply, xmlReply } from '../http/reply.js'
import { readUploadChecksum } from '../objects/checksums.js'
import { readConditions, requireConditions } from '../objects/conditions.js'
import { customerKeyHeaders } from '../objects/customer-key.js'
import { readDescription } from '../objects/description.js'
import { uploadedForm } from '../objects/keys.js'
import { asS3Error } from '../objects/lookup.js'
import type { ObjectCall } from './call.js'
import { ensureBucket } from './create-bucket.js'

/** As long as R2's opaque IDs, so that a client that reserves too little space for them also fails here. */
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
      ...uploadedForm(keyAsSent, key),
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
