/** The operation that a fault rule selects, checked: a rule for an operation that does not exist would never apply. */
import { anyText, type Field, nearestName, shown } from '../../validation/index.js'

const operations = [
  'AbortMultipartUpload',
  'CompleteMultipartUpload',
  'CopyObject',
  'CreateBucket',
  'CreateMultipartUpload',
  'DeleteBucket',
  'DeleteBucketCors',
  'DeleteBucketEncryption',
  'DeleteBucketLifecycle',
  'DeleteObject',
  'DeleteObjects',
  'GetBucketAcl',
  'GetBucketCors',
  'GetBucketEncryption',
  'GetBucketLifecycleConfiguration',
  'GetBucketLocation',
  'GetBucketReplication',
  'GetBucketTagging',
  'GetBucketVersioning',
  'GetObject',
  'GetObjectLockConfiguration',
  'HeadBucket',
  'HeadObject',
  'ListBuckets',
  'ListMultipartUploads',
  'ListObjects',
  'ListObjectsV2',
  'ListParts',
  'PutBucketCors',
  'PutBucketEncryption',
  'PutBucketLifecycleConfiguration',
  'PutObject',
  'Unknown',
  'UploadPart',
  'UploadPartCopy',
] as const

/** S3's name of an operation. */
export const operationField: Field<string> = {
  takes: "S3's name of an operation",
  read(value, name, refuse) {
    const given = anyText.read(value, name, refuse)
    if (operations.some((known) => known === given)) return given
    const nearest = nearestName(given, operations)
    const hint =
      nearest === undefined ? "Use S3's name, such as PutObject or ListObjectsV2." : `Did you mean ${nearest}?`
    throw refuse(name, `is ${shown(given)}, which is not an operation of S3`, hint)
  },
}
