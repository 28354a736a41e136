import { headerOf } from '../../http/index.js'
import { checkBucketName } from '../../validation/index.js'
import { defineOperation } from '../operation.js'
import { type BucketInput, bucketField } from './head-bucket.js'

/** Output of `buckets.delete`. */
export interface DeleteBucketOutput {
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
}

/** DeleteBucket. Not repeated after a lost response: the second attempt would not find the bucket. */
export const deleteBucket = defineOperation<BucketInput, DeleteBucketOutput>({
  name: 'DeleteBucket',
  idempotent: false,
  timeoutClass: 'small',
  succeedsWith204: true,
  input: bucketField('DeleteBucket'),
  validate: ({ bucket }, { rules }) => checkBucketName(bucket, rules),
  encode: ({ bucket }) => ({ method: 'DELETE', bucket, headers: {} }),
  decode: ({ headers }) => ({ requestId: headerOf(headers, 'cf-ray') }),
})
