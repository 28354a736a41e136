import { headerOf } from '../../http/index.js'
import { checkBucketName } from '../../validation/index.js'
import { defineOperation } from '../operation.js'

export interface BucketInput {
  readonly bucket: string
}

export interface HeadBucketOutput {
  /** R2 says `auto`. */
  readonly region: string | undefined
  readonly requestId: string | undefined
}

/** HeadBucket: whether the bucket exists and may be used; `BucketNotFound` or `AccessDenied` otherwise. */
export const headBucket = defineOperation<BucketInput, HeadBucketOutput>({
  name: 'HeadBucket',
  idempotent: true,
  timeoutClass: 'small',
  validate: ({ bucket }, { rules }) => checkBucketName(bucket, rules),
  encode: ({ bucket }) => ({ method: 'HEAD', bucket, headers: {} }),
  decode: ({ headers }) => ({
    region: headerOf(headers, 'x-amz-bucket-region'),
    requestId: headerOf(headers, 'cf-ray'),
  }),
})
