import { bucketCors, bucketEncryption, bucketLifecycle } from './buckets/bucket-configuration.js'
import { createBucket } from './buckets/create-bucket.js'
import { deleteBucket } from './buckets/delete-bucket.js'
import { getBucketLocation } from './buckets/get-bucket-location.js'
import { headBucket } from './buckets/head-bucket.js'
import { listBuckets } from './buckets/list-buckets.js'
import { abortMultipartUpload } from './multipart/abort-multipart-upload.js'
import { completeMultipartUpload } from './multipart/complete-multipart-upload.js'
import { createMultipartUpload } from './multipart/create-multipart-upload.js'
import { listMultipartUploads } from './multipart/list-multipart-uploads.js'
import { listParts } from './multipart/list-parts.js'
import { uploadPart } from './multipart/upload-part.js'
import { uploadPartCopy } from './multipart/upload-part-copy.js'
import { copyObject } from './objects/copy-object.js'
import { deleteBatch } from './objects/delete-batch.js'
import { deleteObject } from './objects/delete-object.js'
import { getObject } from './objects/get-object.js'
import { headObject } from './objects/head-object.js'
import { listObjects } from './objects/list-objects.js'
import { putObject } from './objects/put-object.js'

/** All operations, for docs, metrics and tests. */
export const operations = [
  putObject,
  getObject,
  headObject,
  deleteObject,
  deleteBatch,
  copyObject,
  listObjects,
  createMultipartUpload,
  uploadPart,
  uploadPartCopy,
  completeMultipartUpload,
  abortMultipartUpload,
  listParts,
  listMultipartUploads,
  listBuckets,
  headBucket,
  createBucket,
  deleteBucket,
  getBucketLocation,
  bucketCors.get,
  bucketCors.put,
  bucketCors.delete,
  bucketLifecycle.get,
  bucketLifecycle.put,
  bucketLifecycle.delete,
  bucketEncryption.get,
  bucketEncryption.put,
  bucketEncryption.delete,
] as const
