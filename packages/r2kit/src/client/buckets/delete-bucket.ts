import { headerOf } from '../../http/index.js'
import { checkBucketName } from '../../validation/index.js'
import { defineOperation } from '../operation.js'
import { type BucketInput, bucketField } from './head-bucket.js'

export interface DeleteBucketOutput {
  readonly requestId: string | undefined
}

/** DeleteBucket; `BucketNotEmpty` while it holds objects. */
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
