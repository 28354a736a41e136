/** Finds the bucket, object or upload that a request names, with R2's errors for missing ones. */
import { S3Error } from '../errors/s3-error.js'
import { BucketGone, type BucketRecord, type ObjectRecord, type Storage, type UploadRecord } from '../storage/index.js'

/** 3 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends. */
const bucketNameForm = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/

/** @throws S3Error `InvalidBucketName` */
export const requireBucketName = (name: string): void => {
  if (!bucketNameForm.test(name)) throw new S3Error('InvalidBucketName')
}

/** @throws S3Error `NoSuchBucket` */
export const requireBucket = (storage: Storage, name: string): BucketRecord => {
  const bucket = storage.getBucket(name)
  if (bucket === undefined) throw new S3Error('NoSuchBucket')
  return bucket
}

/** @throws S3Error `NoSuchBucket`, `NoSuchKey` */
export const requireObject = (storage: Storage, bucket: string, key: string): ObjectRecord => {
  const object = storage.getObject(bucket, key)
  if (object !== undefined) return object
  requireBucket(storage, bucket)
  throw new S3Error('NoSuchKey')
}

/** @throws S3Error `NoSuchBucket`, `NoSuchUpload` */
export const requireUpload = (storage: Storage, bucket: string, key: string, uploadId = ''): UploadRecord => {
  const upload = storage.getUpload(bucket, key, uploadId)
  if (upload !== undefined) return upload
  requireBucket(storage, bucket)
  throw new S3Error('NoSuchUpload')
}

/** Maps storage's error for a bucket that was deleted between the check and the commit; returns other errors unchanged. */
export const asS3Error = (error: unknown): unknown =>
  error instanceof BucketGone ? new S3Error('NoSuchBucket') : error
