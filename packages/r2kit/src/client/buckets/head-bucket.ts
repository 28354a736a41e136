import { headerOf } from '../../http/index.js'
import { anyText, checkBucketName, required } from '../../validation/index.js'
import { inputOf } from '../fields/input-of.js'
import { defineOperation } from '../operation.js'

export interface BucketInput {
  readonly bucket: string
}

export const bucketField = (operation: string) => inputOf<BucketInput>(operation, { bucket: required(anyText) })

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
  input: bucketField('HeadBucket'),
  validate: ({ bucket }, { rules }) => checkBucketName(bucket, rules),
  encode: ({ bucket }) => ({ method: 'HEAD', bucket, headers: {} }),
  decode: ({ headers }) => ({
    region: headerOf(headers, 'x-amz-bucket-region'),
    requestId: headerOf(headers, 'cf-ray'),
  }),
})
