/**
 * `r2kit/core`: a client that has only the operations that a program passes to it. Each operation is a value of its own, so that
 * a bundler drops the others.
 */
import { bucketCors, bucketEncryption, bucketLifecycle } from './client/buckets/bucket-configuration.js'
import { createBucket as createBucketRequest } from './client/buckets/create-bucket.js'
import { deleteBucket as deleteBucketRequest } from './client/buckets/delete-bucket.js'
import { getBucketLocation as getBucketLocationRequest } from './client/buckets/get-bucket-location.js'
import { headBucket as headBucketRequest } from './client/buckets/head-bucket.js'
import { bucketList } from './client/buckets/list-all-buckets.js'
import { listBuckets as listBucketsRequest } from './client/buckets/list-buckets.js'
import { ClientOperation, requestOperation } from './client/client-operation.js'
import { listOperation } from './client/lists/list-operation.js'
import { abortMultipartUpload as abortRequest } from './client/multipart/abort-multipart-upload.js'
import { completeMultipartUpload as completeRequest } from './client/multipart/complete-multipart-upload.js'
import { createMultipartUpload as createRequest } from './client/multipart/create-multipart-upload.js'
import { partList } from './client/multipart/list-all-parts.js'
import { uploadList } from './client/multipart/list-all-uploads.js'
import { listMultipartUploads as listUploadsRequest } from './client/multipart/list-multipart-uploads.js'
import { listParts as listPartsRequest } from './client/multipart/list-parts.js'
import { uploadPart as uploadPartRequest } from './client/multipart/upload-part.js'
import { uploadPartCopy as uploadPartCopyRequest } from './client/multipart/upload-part-copy.js'
import { copyObject as copyRequest } from './client/objects/copy-object.js'
import { deleteObject as deleteRequest } from './client/objects/delete-object.js'
import { type DeleteObjectsInput, deleteObjects as deleteKeys } from './client/objects/delete-objects.js'
import {
  type DeletePrefixInput,
  type DeletePrefixOptions,
  type DeletePrefixOutput,
  deletePrefix as deleteKeysOf,
} from './client/objects/delete-prefix.js'
import type { DeleteObjectsOutput } from './client/objects/delete-run.js'
import { type GetObjectStreamOutput, getObject as getRequest } from './client/objects/get-object.js'
import type { GetStreamOptions } from './client/objects/get-stream.js'
import { type HeadObjectInput, headObject as headRequest } from './client/objects/head-object.js'
import { objectList } from './client/objects/list-all.js'
import { listObjects as listRequest } from './client/objects/list-objects.js'
import { type MoveObjectInput, type MoveObjectOutput, moveObject as move } from './client/objects/move-object.js'
import { isStored } from './client/objects/object-exists.js'
import { openStream } from './client/objects/open-stream.js'
import { type PutObjectInput, type PutObjectOutput, putObject as putRequest } from './client/objects/put-object.js'
import type { GetObjectStreamInput } from './client/objects/read-object.js'
import {
  type UpdateInput,
  type UpdateOptions,
  type UpdateOutput,
  updateWithLock as update,
} from './client/objects/update-with-lock.js'
import type { CallOptions } from './client/operation.js'
import {
  permittedDelete,
  permittedGet,
  permittedHead,
  permittedPart,
  permittedPut,
} from './client/presign/permitted-request.js'
import type {
  PresignGetInput,
  PresignHeadInput,
  PresignInput,
  PresignPartInput,
  PresignPutInput,
} from './client/presign/presign-input.js'
import { presignOperation } from './client/presign/presign-operation.js'
import { streamSupport } from './client/streams.js'

export type { ClientExtension } from './client/client-extension.js'
export { layers, listeners, presignRules, streams } from './client/client-extensions.js'
export type { ClientOperation, RequestMethod } from './client/client-operation.js'
export {
  type Client,
  type ClientBase,
  type ClientOperations,
  type ClientOptions,
  createClient,
} from './client/create-client.js'
export type { ListMethod } from './client/lists/list-operation.js'
export type { PresignedMethod } from './client/presign/presign-operation.js'
export { type ErrorCode, isR2Error, type R2Error } from './errors/calls.js'

/** Operations whose responses are read as streams: lists of objects, and objects that may be large. */
const streaming = { streams: streamSupport }

/** Stores an object in one request, as `Objects.put` does. */
export const putObject: ClientOperation<(input: PutObjectInput, options?: CallOptions) => Promise<PutObjectOutput>> =
  /* @__PURE__ */ requestOperation(() => putRequest)
/** Reads an object into memory, as `Objects.get` does. */
export const getObject = /* @__PURE__ */ requestOperation(() => getRequest)
/** Returns the metadata of an object, as `Objects.head` does. */
export const headObject = /* @__PURE__ */ requestOperation(() => headRequest)
/** Deletes an object, as `Objects.delete` does. */
export const deleteObject = /* @__PURE__ */ requestOperation(() => deleteRequest)
/** Copies an object inside R2, as `Objects.copy` does. */
export const copyObject = /* @__PURE__ */ requestOperation(() => copyRequest)
/** Returns one page of the objects in a bucket, as `Objects.list` does. */
export const listObjects = /* @__PURE__ */ requestOperation(() => listRequest, streaming)
/** Returns all objects under a prefix, as `Objects.listAll` does. */
export const listAllObjects = /* @__PURE__ */ listOperation(() => objectList, streaming)
/** Reads an object as a stream, as `Objects.getStream` does. */
export const getObjectStream: ClientOperation<
  (input: GetObjectStreamInput, options?: GetStreamOptions) => Promise<GetObjectStreamOutput>
> = /* @__PURE__ */ new ClientOperation(
  (runtime) =>
    (input, options = {}) =>
      openStream(runtime, input, options),
  streaming,
)
/** Returns whether an object exists, as `Objects.exists` does. */
export const objectExists: ClientOperation<(input: HeadObjectInput, options?: CallOptions) => Promise<boolean>> =
  /* @__PURE__ */ new ClientOperation((runtime) => (input, options) => isStored(runtime, input, options))
/** Deletes any number of objects, as `Objects.deleteObjects` does. */
export const deleteObjects: ClientOperation<
  (input: DeleteObjectsInput, options?: CallOptions) => Promise<DeleteObjectsOutput>
> = /* @__PURE__ */ new ClientOperation(
  (runtime) =>
    (input, options = {}) =>
      deleteKeys(runtime, input, options),
)
/** Deletes all objects under a prefix, as `Objects.deletePrefix` does. */
export const deletePrefix: ClientOperation<
  (input: DeletePrefixInput, options?: DeletePrefixOptions) => Promise<DeletePrefixOutput>
> = /* @__PURE__ */ new ClientOperation(
  (runtime) =>
    (input, options = {}) =>
      deleteKeysOf(runtime, input, options),
  streaming,
)
/** Moves an object inside R2, as `Objects.move` does. */
export const moveObject: ClientOperation<(input: MoveObjectInput, options?: CallOptions) => Promise<MoveObjectOutput>> =
  /* @__PURE__ */ new ClientOperation(
    (runtime) =>
      (input, options = {}) =>
        move(runtime, input, options),
  )
/** Changes an object by compare-and-swap, as `Objects.updateWithLock` does. */
export const updateWithLock: ClientOperation<
  <T = unknown>(input: UpdateInput<T>, options?: UpdateOptions) => Promise<UpdateOutput>
> = /* @__PURE__ */ new ClientOperation(
  (runtime) =>
    (input, options = {}) =>
      update(runtime, input as UpdateInput, options),
)

/** Begins a multipart upload, as `Multipart.create` does. */
export const createMultipartUpload = /* @__PURE__ */ requestOperation(() => createRequest)
/** Uploads one part, as `Multipart.uploadPart` does. */
export const uploadPart = /* @__PURE__ */ requestOperation(() => uploadPartRequest)
/** Copies one part from an object, as `Multipart.uploadPartCopy` does. */
export const uploadPartCopy = /* @__PURE__ */ requestOperation(() => uploadPartCopyRequest)
/** Completes a multipart upload, as `Multipart.complete` does. */
export const completeMultipartUpload = /* @__PURE__ */ requestOperation(() => completeRequest)
/** Aborts a multipart upload, as `Multipart.abort` does. */
export const abortMultipartUpload = /* @__PURE__ */ requestOperation(() => abortRequest)
/** Returns one page of the parts of an upload, as `Multipart.listParts` does. */
export const listParts = /* @__PURE__ */ requestOperation(() => listPartsRequest)
/** Returns all parts of an upload, as `Multipart.listAllParts` does. */
export const listAllParts = /* @__PURE__ */ listOperation(() => partList)
/** Returns one page of the unfinished uploads, as `Multipart.listUploads` does. */
export const listMultipartUploads = /* @__PURE__ */ requestOperation(() => listUploadsRequest)
/** Returns all unfinished uploads, as `Multipart.listAllUploads` does. */
export const listAllMultipartUploads = /* @__PURE__ */ listOperation(() => uploadList)

/** Returns one page of the buckets, as `Buckets.list` does. The input is required: `{}` for all buckets. */
export const listBuckets = /* @__PURE__ */ requestOperation(() => listBucketsRequest)
/** Returns all buckets, as `Buckets.listAll` does. The input is required: `{}` for all buckets. */
export const listAllBuckets = /* @__PURE__ */ listOperation(() => bucketList)
/** Checks that a bucket exists, as `Buckets.head` does. */
export const headBucket = /* @__PURE__ */ requestOperation(() => headBucketRequest)
/** Creates a bucket, as `Buckets.create` does. */
export const createBucket = /* @__PURE__ */ requestOperation(() => createBucketRequest)
/** Deletes an empty bucket, as `Buckets.delete` does. */
export const deleteBucket = /* @__PURE__ */ requestOperation(() => deleteBucketRequest)
/** Returns the location of a bucket, as `Buckets.location` does. */
export const getBucketLocation = /* @__PURE__ */ requestOperation(() => getBucketLocationRequest)
/** Returns the CORS rules of a bucket, as `Buckets.cors.get` does. */
export const getBucketCors = /* @__PURE__ */ requestOperation(() => bucketCors.get)
/** Replaces the CORS rules of a bucket, as `Buckets.cors.put` does. */
export const putBucketCors = /* @__PURE__ */ requestOperation(() => bucketCors.put)
/** Deletes the CORS rules of a bucket, as `Buckets.cors.delete` does. */
export const deleteBucketCors = /* @__PURE__ */ requestOperation(() => bucketCors.delete)
/** Returns the lifecycle rules of a bucket, as `Buckets.lifecycle.get` does. */
export const getBucketLifecycle = /* @__PURE__ */ requestOperation(() => bucketLifecycle.get)
/** Replaces the lifecycle rules of a bucket, as `Buckets.lifecycle.put` does. */
export const putBucketLifecycle = /* @__PURE__ */ requestOperation(() => bucketLifecycle.put)
/** Deletes the lifecycle rules of a bucket, as `Buckets.lifecycle.delete` does. */
export const deleteBucketLifecycle = /* @__PURE__ */ requestOperation(() => bucketLifecycle.delete)
/** Returns the encryption rules of a bucket, as `Buckets.encryption.get` does. */
export const getBucketEncryption = /* @__PURE__ */ requestOperation(() => bucketEncryption.get)
/** Replaces the encryption rules of a bucket, as `Buckets.encryption.put` does. */
export const putBucketEncryption = /* @__PURE__ */ requestOperation(() => bucketEncryption.put)
/** Deletes the encryption rules of a bucket, as `Buckets.encryption.delete` does. */
export const deleteBucketEncryption = /* @__PURE__ */ requestOperation(() => bucketEncryption.delete)

/** Makes a URL that downloads an object, as `Presign.get` does. */
export const presignGet = /* @__PURE__ */ presignOperation<PresignGetInput>(() => permittedGet)
/** Makes a URL that uploads an object, as `Presign.put` does. */
export const presignPut = /* @__PURE__ */ presignOperation<PresignPutInput>(() => permittedPut)
/** Makes a URL that reads the metadata of an object, as `Presign.head` does. */
export const presignHead = /* @__PURE__ */ presignOperation<PresignHeadInput>(() => permittedHead)
/** Makes a URL that deletes an object, as `Presign.delete` does. */
export const presignDelete = /* @__PURE__ */ presignOperation<PresignInput>(() => permittedDelete)
/** Makes a URL that uploads one part, as `Presign.uploadPart` does. */
export const presignUploadPart = /* @__PURE__ */ presignOperation<PresignPartInput>(() => permittedPart)
