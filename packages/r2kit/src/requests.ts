/**
 * `r2kit/requests`: builders of the inputs of operations. They are made from the tables of fields that check those inputs, so
 * they have every field that an operation has. Each can be imported alone: a bundler drops the others.
 */
import { bucketCors, bucketEncryption, bucketLifecycle } from './client/buckets/bucket-configuration.js'
import { createBucket } from './client/buckets/create-bucket.js'
import { deleteBucket } from './client/buckets/delete-bucket.js'
import { getBucketLocation } from './client/buckets/get-bucket-location.js'
import { headBucket } from './client/buckets/head-bucket.js'
import { listBuckets } from './client/buckets/list-buckets.js'
import type { PutObjectInput } from './client/index.js'
import { abortMultipartUpload } from './client/multipart/abort-multipart-upload.js'
import { completeMultipartUpload } from './client/multipart/complete-multipart-upload.js'
import { createMultipartUpload } from './client/multipart/create-multipart-upload.js'
import { listMultipartUploads } from './client/multipart/list-multipart-uploads.js'
import { listParts } from './client/multipart/list-parts.js'
import { uploadPart } from './client/multipart/upload-part.js'
import { uploadPartCopy } from './client/multipart/upload-part-copy.js'
import { copyObject } from './client/objects/copy-object.js'
import { deleteObject } from './client/objects/delete-object.js'
import { deleteObjectsField } from './client/objects/delete-objects.js'
import { deletePrefixField } from './client/objects/delete-prefix.js'
import { getObject } from './client/objects/get-object.js'
import { headObject } from './client/objects/head-object.js'
import { listObjects } from './client/objects/list-objects.js'
import { moveObjectField } from './client/objects/move-object.js'
import { putObject } from './client/objects/put-object.js'
import { requestOf } from './requests/request-builder.js'

export type { Request, RequestBuilder } from './requests/request-builder.js'

/** Builds the input of `objects.put`. */
export const PutObjectRequest = /* @__PURE__ */ requestOf<PutObjectInput>(() => putObject.input)
/** Builds the input of `objects.get`. */
export const GetObjectRequest = /* @__PURE__ */ requestOf(() => getObject.input)
/** Builds the input of `objects.head` and of `objects.exists`. */
export const HeadObjectRequest = /* @__PURE__ */ requestOf(() => headObject.input)
/** Builds the input of `objects.delete`. */
export const DeleteObjectRequest = /* @__PURE__ */ requestOf(() => deleteObject.input)
/** Builds the input of `objects.deleteObjects`. */
export const DeleteObjectsRequest = /* @__PURE__ */ requestOf(() => deleteObjectsField)
/** Builds the input of `objects.deletePrefix`. */
export const DeletePrefixRequest = /* @__PURE__ */ requestOf(() => deletePrefixField)
/** Builds the input of `objects.copy`. */
export const CopyObjectRequest = /* @__PURE__ */ requestOf(() => copyObject.input)
/** Builds the input of `objects.move`. */
export const MoveObjectRequest = /* @__PURE__ */ requestOf(() => moveObjectField)
/** Builds the input of `objects.list`. */
export const ListObjectsRequest = /* @__PURE__ */ requestOf(() => listObjects.input)
/** Builds the input of `multipart.create`. */
export const CreateMultipartUploadRequest = /* @__PURE__ */ requestOf(() => createMultipartUpload.input)
/** Builds the input of `multipart.uploadPart`. */
export const UploadPartRequest = /* @__PURE__ */ requestOf(() => uploadPart.input)
/** Builds the input of `multipart.uploadPartCopy`. */
export const UploadPartCopyRequest = /* @__PURE__ */ requestOf(() => uploadPartCopy.input)
/** Builds the input of `multipart.complete`. */
export const CompleteMultipartUploadRequest = /* @__PURE__ */ requestOf(() => completeMultipartUpload.input)
/** Builds the input of `multipart.abort`. */
export const AbortMultipartUploadRequest = /* @__PURE__ */ requestOf(() => abortMultipartUpload.input)
/** Builds the input of `multipart.listParts`. */
export const ListPartsRequest = /* @__PURE__ */ requestOf(() => listParts.input)
/** Builds the input of `multipart.listUploads`. */
export const ListMultipartUploadsRequest = /* @__PURE__ */ requestOf(() => listMultipartUploads.input)
/** Builds the input of `buckets.list`. */
export const ListBucketsRequest = /* @__PURE__ */ requestOf(() => listBuckets.input)
/** Builds the input of `buckets.head`. */
export const HeadBucketRequest = /* @__PURE__ */ requestOf(() => headBucket.input)
/** Builds the input of `buckets.create`. */
export const CreateBucketRequest = /* @__PURE__ */ requestOf(() => createBucket.input)
/** Builds the input of `buckets.delete`. */
export const DeleteBucketRequest = /* @__PURE__ */ requestOf(() => deleteBucket.input)
/** Builds the input of `buckets.location`. */
export const GetBucketLocationRequest = /* @__PURE__ */ requestOf(() => getBucketLocation.input)
/** Builds the input of `buckets.cors.get`. */
export const GetBucketCorsRequest = /* @__PURE__ */ requestOf(() => bucketCors.get.input)
/** Builds the input of `buckets.cors.put`. */
export const PutBucketCorsRequest = /* @__PURE__ */ requestOf(() => bucketCors.put.input)
/** Builds the input of `buckets.cors.delete`. */
export const DeleteBucketCorsRequest = /* @__PURE__ */ requestOf(() => bucketCors.delete.input)
/** Builds the input of `buckets.lifecycle.get`. */
export const GetBucketLifecycleConfigurationRequest = /* @__PURE__ */ requestOf(() => bucketLifecycle.get.input)
/** Builds the input of `buckets.lifecycle.put`. */
export const PutBucketLifecycleConfigurationRequest = /* @__PURE__ */ requestOf(() => bucketLifecycle.put.input)
/** Builds the input of `buckets.lifecycle.delete`. */
export const DeleteBucketLifecycleRequest = /* @__PURE__ */ requestOf(() => bucketLifecycle.delete.input)
/** Builds the input of `buckets.encryption.get`. */
export const GetBucketEncryptionRequest = /* @__PURE__ */ requestOf(() => bucketEncryption.get.input)
/** Builds the input of `buckets.encryption.put`. */
export const PutBucketEncryptionRequest = /* @__PURE__ */ requestOf(() => bucketEncryption.put.input)
/** Builds the input of `buckets.encryption.delete`. */
export const DeleteBucketEncryptionRequest = /* @__PURE__ */ requestOf(() => bucketEncryption.delete.input)
