/** The handler of each operation. */
import type { BucketOperationName, ObjectOperationName } from '../detection/operation-name.js'
import type { Reply } from '../http/reply.js'
import { abortMultipartUpload } from './abort-multipart-upload.js'
import * as configurations from './bucket-configurations.js'
import * as buckets from './buckets.js'
import type { BucketCall, ObjectCall } from './call.js'
import { completeMultipartUpload } from './complete-multipart-upload.js'
import { copyObject } from './copy-object.js'
import { createBucket } from './create-bucket.js'
import { createMultipartUpload } from './create-multipart-upload.js'
import { deleteObject } from './delete-object.js'
import { deleteObjects } from './delete-objects.js'
import { getObject } from './get-object.js'
import { listMultipartUploads } from './list-multipart-uploads.js'
import { listObjects, listObjectsV2 } from './list-objects.js'
import { listParts } from './list-parts.js'
import { putObject } from './put-object.js'
import * as staticReplies from './static-replies.js'
import { uploadPart, uploadPartCopy } from './upload-part.js'

type Handler<Call> = (call: Call) => Reply | Promise<Reply>

export const bucketOperations: Readonly<Record<BucketOperationName, Handler<BucketCall>>> = {
  HeadBucket: buckets.headBucket,
  CreateBucket: createBucket,
  DeleteBucket: buckets.deleteBucket,
  GetBucketLocation: buckets.getBucketLocation,
  PostBucket: buckets.postBucket,
  GetBucketEncryption: configurations.getBucketEncryption,
  PutBucketEncryption: configurations.putBucketEncryption,
  DeleteBucketEncryption: configurations.deleteBucketEncryption,
  GetBucketCors: configurations.getBucketCors,
  PutBucketCors: configurations.putBucketCors,
  DeleteBucketCors: configurations.deleteBucketCors,
  GetBucketLifecycleConfiguration: configurations.getBucketLifecycle,
  PutBucketLifecycleConfiguration: configurations.putBucketLifecycle,
  DeleteBucketLifecycle: configurations.deleteBucketLifecycle,
  GetBucketVersioning: staticReplies.getBucketVersioning,
  GetBucketTagging: staticReplies.getBucketTagging,
  GetObjectLockConfiguration: staticReplies.getObjectLockConfiguration,
  GetBucketReplication: staticReplies.getBucketReplication,
  GetBucketAcl: staticReplies.getBucketAcl,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListMultipartUploads: listMultipartUploads,
  DeleteObjects: deleteObjects,
}

export const objectOperations: Readonly<Record<ObjectOperationName, Handler<ObjectCall>>> = {
  GetObject: getObject,
  HeadObject: getObject,
  PutObject: putObject,
  CopyObject: copyObject,
  DeleteObject: deleteObject,
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  ListParts: listParts,
}
