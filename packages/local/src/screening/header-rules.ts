/**
 * The header fields that R2 recognises but rejects, by operation, captured from a real bucket. Other fields are ignored. The
 * order is R2's order of checks.
 */
import type { OperationName } from '../detection/operation-name.js'

export interface HeaderRules {
  /** Rejected with 501, also if `x-amz-trailer` announces one of them. */
  readonly rejected: readonly string[]
  /** Whether the values of `x-amz-server-side-encryption` and `x-amz-acl` are checked. */
  readonly checksWriteValues?: true
  /** Which SSE-C keys the operation accepts: of the object, or also of a copy's source. */
  readonly customerKey?: 'object' | 'object-and-source'
}

const bucketOwner = ['x-amz-expected-bucket-owner'] as const
const sourceBucketOwner = ['x-amz-source-expected-bucket-owner'] as const
const mfaAndLockBypass = ['x-amz-mfa', 'x-amz-bypass-governance-retention'] as const
const copySourceConditions = [
  'x-amz-copy-source-if-match',
  'x-amz-copy-source-if-none-match',
  'x-amz-copy-source-if-modified-since',
  'x-amz-copy-source-if-unmodified-since',
] as const
const grants = [
  'x-amz-grant-full-control',
  'x-amz-grant-read',
  'x-amz-grant-read-acp',
  'x-amz-grant-write',
  'x-amz-grant-write-acp',
] as const
const write = [
  ...bucketOwner,
  'x-amz-tagging',
  ...grants,
  'x-amz-website-redirect-location',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
  'x-amz-object-lock-legal-hold',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-context',
  'x-amz-server-side-encryption-bucket-key-enabled',
] as const

/** R2 accepts only CRC32, CRC32C, CRC64NVME and Content-MD5 for parts, by tests on a real bucket (Alos-no/Cloudflare.NET#43). */
const shaChecksums = ['x-amz-checksum-sha1', 'x-amz-checksum-sha256'] as const

const bucketRules: HeaderRules = { rejected: bucketOwner }
const readRules: HeaderRules = { rejected: bucketOwner, customerKey: 'object' }
const writeRules: HeaderRules = { rejected: write, checksWriteValues: true, customerKey: 'object' }

export const headerRules: Readonly<Record<OperationName, HeaderRules>> = {
  ListBuckets: { rejected: [] },
  HeadBucket: bucketRules,
  CreateBucket: { rejected: [...bucketOwner, ...grants] },
  DeleteBucket: bucketRules,
  GetBucketLocation: bucketRules,
  GetBucketEncryption: bucketRules,
  PutBucketEncryption: bucketRules,
  DeleteBucketEncryption: bucketRules,
  GetBucketCors: bucketRules,
  // R2's compatibility page lists `x-amz-checksum-algorithm` and `x-amz-sdk-checksum-algorithm` as unsupported here. SDKs send
  // them with every PutBucketCors, and it works on R2, so they are ignored.
  PutBucketCors: bucketRules,
  DeleteBucketCors: bucketRules,
  GetBucketLifecycleConfiguration: bucketRules,
  PutBucketLifecycleConfiguration: bucketRules,
  DeleteBucketLifecycle: bucketRules,
  GetBucketVersioning: bucketRules,
  GetBucketTagging: bucketRules,
  GetObjectLockConfiguration: bucketRules,
  GetBucketReplication: bucketRules,
  GetBucketAcl: bucketRules,
  ListObjects: bucketRules,
  ListObjectsV2: bucketRules,
  ListMultipartUploads: bucketRules,
  DeleteObjects: { rejected: [...bucketOwner, ...mfaAndLockBypass] },
  PostBucket: { rejected: [] },
  GetObject: readRules,
  HeadObject: readRules,
  PutObject: writeRules,
  CopyObject: {
    rejected: [...write, ...sourceBucketOwner, 'x-amz-tagging-directive', 'x-amz-checksum-algorithm'],
    checksWriteValues: true,
    customerKey: 'object-and-source',
  },
  DeleteObject: { rejected: [...bucketOwner, ...mfaAndLockBypass] },
  CreateMultipartUpload: writeRules,
  UploadPart: { rejected: [...bucketOwner, 'x-amz-server-side-encryption', ...shaChecksums], customerKey: 'object' },
  UploadPartCopy: {
    rejected: [...bucketOwner, ...sourceBucketOwner, ...copySourceConditions],
    customerKey: 'object-and-source',
  },
  CompleteMultipartUpload: { rejected: bucketOwner },
  // The only operation that ignores `x-amz-expected-bucket-owner`.
  AbortMultipartUpload: { rejected: [] },
  ListParts: bucketRules,
}

/** ACLs that R2 accepts and ignores. */
export const cannedAcls: ReadonlySet<string> = new Set([
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
])
