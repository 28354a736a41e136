/**
 * Which header fields R2 recognises and refuses, by operation, as captured from a real bucket. A field that is in no list
 * is ignored. Texts and order are the wire's.
 */
import type { OperationName } from '../detection/operation-name.js'

export interface HeaderRules {
  /** 501, in this order; also where `x-amz-trailer` announces one of them. */
  readonly refused: readonly string[]
  /** Checks the values of `x-amz-server-side-encryption` and `x-amz-acl`. */
  readonly checksWriteValues?: true
  /** Takes a customer's key: for the object itself, or for a copy's source as well. */
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

/** Parts take CRC32, CRC32C, CRC64NVME and Content-MD5 only, as probed on a real bucket (Alos-no/Cloudflare.NET#43). */
const shaChecksums = ['x-amz-checksum-sha1', 'x-amz-checksum-sha256'] as const

const bucketRules: HeaderRules = { refused: bucketOwner }
const readRules: HeaderRules = { refused: bucketOwner, customerKey: 'object' }
const writeRules: HeaderRules = { refused: write, checksWriteValues: true, customerKey: 'object' }

export const headerRules: Readonly<Record<OperationName, HeaderRules>> = {
  ListBuckets: { refused: [] },
  HeadBucket: bucketRules,
  CreateBucket: { refused: [...bucketOwner, ...grants] },
  DeleteBucket: bucketRules,
  GetBucketLocation: bucketRules,
  GetBucketEncryption: bucketRules,
  PutBucketEncryption: bucketRules,
  DeleteBucketEncryption: bucketRules,
  GetBucketCors: bucketRules,
  // R2's compatibility page lists `x-amz-checksum-algorithm` and `x-amz-sdk-checksum-algorithm` as unsupported here, but
  // SDKs send them on every such call and it works: they are ignored.
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
  DeleteObjects: { refused: [...bucketOwner, ...mfaAndLockBypass] },
  PostBucket: { refused: [] },
  GetObject: readRules,
  HeadObject: readRules,
  PutObject: writeRules,
  CopyObject: {
    refused: [...write, ...sourceBucketOwner, 'x-amz-tagging-directive', 'x-amz-checksum-algorithm'],
    checksWriteValues: true,
    customerKey: 'object-and-source',
  },
  DeleteObject: { refused: [...bucketOwner, ...mfaAndLockBypass] },
  CreateMultipartUpload: writeRules,
  UploadPart: { refused: [...bucketOwner, 'x-amz-server-side-encryption', ...shaChecksums], customerKey: 'object' },
  UploadPartCopy: {
    refused: [...bucketOwner, ...sourceBucketOwner, ...copySourceConditions],
    customerKey: 'object-and-source',
  },
  CompleteMultipartUpload: { refused: bucketOwner },
  // The one operation that does not look at the bucket's owner.
  AbortMultipartUpload: { refused: [] },
  ListParts: bucketRules,
}

/** ACLs that R2 takes and ignores: it has none. */
export const cannedAcls: ReadonlySet<string> = new Set([
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
])
