/**
 * The permissions of key pairs, as R2's API tokens have them: "Object Read only" and "Object Read & Write", for all buckets or
 * for some. A pair without either has the permissions of "Admin Read & Write".
 */
import type { OperationName } from '../detection/operation-name.js'
import { S3Error } from '../errors/s3-error.js'
import type { LocalKeyPair } from './credentials.js'

/** The operations that R2 permits object tokens, by permission (the `actions` of its temporary credentials). */
const readOperations: ReadonlySet<OperationName> = new Set<OperationName>([
  'GetBucketLocation',
  'GetObject',
  'HeadObject',
  'ListMultipartUploads',
  'ListObjects',
  'ListObjectsV2',
  'ListParts',
])
const writeOperations: ReadonlySet<OperationName> = new Set<OperationName>([
  'AbortMultipartUpload',
  'CompleteMultipartUpload',
  'CopyObject',
  'CreateMultipartUpload',
  'DeleteObject',
  'DeleteObjects',
  'PutObject',
  'UploadPart',
  'UploadPartCopy',
])

/**
 * @param bucket Undefined for operations on the account, which object permissions exclude.
 * @throws S3Error `AccessDenied`, also for buckets that do not exist: R2 checks the permission first.
 */
export const requirePermission = (
  { permission, buckets }: LocalKeyPair,
  operation: OperationName,
  bucket: string | undefined,
): void => {
  if (permission === undefined && buckets === undefined) return
  const isPermitted = readOperations.has(operation) || (permission !== 'read' && writeOperations.has(operation))
  const isInScope = bucket !== undefined && (buckets === undefined || buckets.includes(bucket))
  if (!isPermitted || !isInScope) throw new S3Error('AccessDenied')
}
