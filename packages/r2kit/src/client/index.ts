export type {
  ConfigurationOutput,
  GetConfigurationOutput,
  PutConfigurationInput,
} from './buckets/bucket-configuration.js'
export type { BucketConfiguration, Buckets } from './buckets/buckets-api.js'
export type { CreateBucketInput, CreateBucketOutput, LocationHint } from './buckets/create-bucket.js'
export type { DeleteBucketOutput } from './buckets/delete-bucket.js'
export type { GetBucketLocationOutput } from './buckets/get-bucket-location.js'
export type { BucketInput, HeadBucketOutput } from './buckets/head-bucket.js'
export type { ListAllBucketsInput } from './buckets/list-all-buckets.js'
export type { ListBucketsInput, ListBucketsOutput } from './buckets/list-buckets.js'
export type { Addressing, EndpointOptions, Jurisdiction } from './endpoint.js'
export type { ChecksumInput, ObjectChecksum, PartChecksumAlgorithm, PartChecksumInput } from './fields/checksum.js'
export type { Conditions, WriteConditions } from './fields/conditions.js'
export type { HttpMetadata, ObjectDescription, StorageClass } from './fields/description.js'
export type { Integrity } from './fields/integrity.js'
export type { ObjectAddress } from './fields/object-address.js'
export type { ContentRange, ObjectMetadata } from './fields/object-metadata.js'
export type { CustomerKey } from './fields/ssec.js'
export type { UploadAddress } from './fields/upload-address.js'
export type { VerifiedBy } from './fields/upload-proof.js'
export type { Layers } from './layers.js'
export type { PagedList } from './lists/paged-list.js'
export type { AbortMultipartUploadInput, AbortMultipartUploadOutput } from './multipart/abort-multipart-upload.js'
export type {
  CompleteMultipartUploadInput,
  CompleteMultipartUploadOutput,
} from './multipart/complete-multipart-upload.js'
export type { CreateMultipartUploadInput, CreateMultipartUploadOutput } from './multipart/create-multipart-upload.js'
export type { ListAllPartsInput } from './multipart/list-all-parts.js'
export type { ListAllUploadsInput } from './multipart/list-all-uploads.js'
export type { ListMultipartUploadsInput, ListMultipartUploadsOutput } from './multipart/list-multipart-uploads.js'
export type { ListPartsInput, ListPartsOutput } from './multipart/list-parts.js'
export type { Multipart } from './multipart/multipart-api.js'
export type { UploadPartInput, UploadPartOutput } from './multipart/upload-part.js'
export type { SourceRange, UploadPartCopyInput, UploadPartCopyOutput } from './multipart/upload-part-copy.js'
export type { CopyObjectInput, CopyObjectOutput, SourceConditions } from './objects/copy-object.js'
export type { DeleteObjectInput, DeleteObjectOutput } from './objects/delete-object.js'
export type { DeleteObjectsInput } from './objects/delete-objects.js'
export type {
  DeletePrefixInput,
  DeletePrefixOptions,
  DeletePrefixOutput,
  DeletePrefixProgress,
} from './objects/delete-prefix.js'
export type { DeleteObjectsOutput } from './objects/delete-run.js'
export type { GetObjectInput, GetObjectOutput, GetObjectStreamOutput } from './objects/get-object.js'
export type { GetStreamOptions } from './objects/get-stream.js'
export type { HeadObjectInput, HeadObjectOutput } from './objects/head-object.js'
export type { ListAllInput, ObjectList } from './objects/list-all.js'
export type { ListObjectsInput, ListObjectsOutput } from './objects/list-objects.js'
export type { MoveObjectInput, MoveObjectOutput } from './objects/move-object.js'
export type { Objects } from './objects/objects-api.js'
export type { PutObjectInput, PutObjectOutput } from './objects/put-object.js'
export type {
  ByteRange,
  GetObjectStreamInput,
  Overrides as ResponseOverrides,
  ReadObjectInput,
} from './objects/read-object.js'
export type { Change, JsonChange, UpdateInput, UpdateOptions, UpdateOutput } from './objects/update-with-lock.js'
export type { CallOptions } from './operation.js'
export type { Presign } from './presign/presign-api.js'
export type {
  PresignEntry,
  PresignExpiry,
  PresignedUrl,
  PresignGetInput,
  PresignHeadInput,
  PresignInput,
  PresignOperation,
  PresignOptions,
  PresignPartInput,
  PresignPutInput,
  PresignRecord,
} from './presign/presign-input.js'
