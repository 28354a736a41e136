/** The operations of `r2.buckets`, which are loaded together. */
export { bucketCors, bucketEncryption, bucketLifecycle } from './bucket-configuration.js'
export { createBucket } from './create-bucket.js'
export { deleteBucket } from './delete-bucket.js'
export { getBucketLocation } from './get-bucket-location.js'
export { headBucket } from './head-bucket.js'
export { bucketList } from './list-all-buckets.js'
export { listBuckets } from './list-buckets.js'
