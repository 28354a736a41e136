/** Looking up the multipart upload that a request names. */
import { S3Error } from '../errors/s3-error.js'
import type { ObjectCall } from '../http/call.js'
import type { UploadRecord } from '../storage/index.js'
import { requireBucket } from './buckets.js'

/** @throws S3Error NoSuchBucket, NoSuchUpload */
export const requireUpload = ({ server, bucket, key, query }: ObjectCall): UploadRecord => {
  const upload = server.storage.getUpload(bucket, key, query.get('uploadId') ?? '')
  if (upload !== undefined) return upload
  requireBucket(server.storage, bucket)
  throw new S3Error('NoSuchUpload')
}
