/**
 * Sub-resources in a query, by method: the operation they select, or the name under which R2 rejects them as not
 * implemented. A sub-resource without an entry for the method is ignored on objects and an unknown parameter on buckets.
 */
import type { BucketOperationName } from './operation-name.js'

type SubResources<Name> = ReadonlyMap<string, Name>

const table = <Name>(rows: Record<string, Name>): SubResources<Name> => new Map(Object.entries(rows))

/** Bucket sub-resources that select an operation. */
export const bucketSubResources: ReadonlyMap<string, SubResources<BucketOperationName>> = new Map([
  [
    'GET',
    table<BucketOperationName>({
      encryption: 'GetBucketEncryption',
      cors: 'GetBucketCors',
      lifecycle: 'GetBucketLifecycleConfiguration',
      versioning: 'GetBucketVersioning',
      tagging: 'GetBucketTagging',
      'object-lock': 'GetObjectLockConfiguration',
      replication: 'GetBucketReplication',
      acl: 'GetBucketAcl',
    }),
  ],
  [
    'PUT',
    table<BucketOperationName>({
      cors: 'PutBucketCors',
      encryption: 'PutBucketEncryption',
      lifecycle: 'PutBucketLifecycleConfiguration',
    }),
  ],
  [
    'DELETE',
    table<BucketOperationName>({
      cors: 'DeleteBucketCors',
      encryption: 'DeleteBucketEncryption',
      lifecycle: 'DeleteBucketLifecycle',
    }),
  ],
])

/** Bucket sub-resources that R2 recognises but rejects with 501 and this name. */
export const bucketSubResourcesNotImplemented: ReadonlyMap<string, SubResources<string>> = new Map([
  [
    'GET',
    table({
      versions: 'ListObjectVersions',
      policy: 'GetBucketPolicy',
      website: 'GetBucketWebsite',
      notification: 'GetBucketNotificationConfiguration',
      requestPayment: 'GetBucketRequestPayment',
      logging: 'GetBucketLogging',
      accelerate: 'GetBucketAccelerateConfiguration',
      publicAccessBlock: 'GetPublicAccessBlock',
      ownershipControls: 'GetBucketOwnershipControls',
      'intelligent-tiering': 'GetBucketIntelligentTieringConfiguration',
      inventory: 'GetBucketInventoryConfiguration',
      metrics: 'GetBucketMetricsConfiguration',
      analytics: 'GetBucketAnalyticsConfiguration',
      // R2's name has `Get` twice.
      policyStatus: 'GetGetBucketPolicyStatus',
    }),
  ],
  [
    'PUT',
    table({
      accelerate: 'PutBucketAccelerateConfiguration',
      acl: 'PutBucketAcl',
      analytics: 'PutBucketAnalyticsConfiguration',
      'intelligent-tiering': 'PutBucketIntelligentTieringConfiguration',
      inventory: 'PutBucketInventoryConfiguration',
      logging: 'PutBucketLogging',
      metrics: 'PutBucketMetricsConfiguration',
      notification: 'PutBucketNotificationConfiguration',
      'object-lock': 'PutObjectLockConfiguration',
      ownershipControls: 'PutBucketOwnershipControls',
      policy: 'PutBucketPolicy',
      publicAccessBlock: 'PutPublicAccessBlock',
      replication: 'PutBucketReplication',
      requestPayment: 'PutBucketRequestPayment',
      tagging: 'PutBucketTagging',
      // Not supported by the documentation, although a capture shows that R2 parses the request: see quirks.md.
      versioning: 'PutBucketVersioning',
      website: 'PutBucketWebsite',
    }),
  ],
  [
    'DELETE',
    table({
      analytics: 'DeleteBucketAnalyticsConfiguration',
      'intelligent-tiering': 'DeleteBucketIntelligentTieringConfiguration',
      inventory: 'DeleteBucketInventoryConfiguration',
      metrics: 'DeleteBucketMetricsConfiguration',
      ownershipControls: 'DeleteBucketOwnershipControls',
      policy: 'DeleteBucketPolicy',
      replication: 'DeleteBucketReplication',
      tagging: 'DeleteBucketTagging',
      website: 'DeleteBucketWebsite',
    }),
  ],
])

/** Object sub-resources that R2 recognises but rejects with 501. They are ignored on HEAD, POST and DELETE. */
export const objectSubResourcesNotImplemented: ReadonlyMap<string, SubResources<string>> = new Map([
  [
    'GET',
    table({
      tagging: 'GetObjectTagging',
      acl: 'GetObjectAcl',
      attributes: 'GetObjectAttributes',
      torrent: 'GetObjectTorrent',
      retention: 'GetObjectRetention',
      'legal-hold': 'GetObjectLegalHold',
    }),
  ],
  [
    'PUT',
    table({
      tagging: 'PutObjectTagging',
      acl: 'PutObjectAcl',
      retention: 'PutObjectRetention',
      'legal-hold': 'PutObjectLegalHold',
    }),
  ],
])
