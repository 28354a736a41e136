import { headerOf } from '../../http/index.js'
import { anyText, checkBucketName, required } from '../../validation/index.js'
import { inputOf } from '../fields/input-of.js'
import { defineOperation } from '../operation.js'

/** The bucket that an operation is about. */
export interface BucketInput {
  /** Name of the bucket: 3 to 63 lower-case letters, digits and hyphens. */
  readonly bucket: string
}

export const bucketField = (operation: string) => inputOf<BucketInput>(operation, { bucket: required(anyText) })

/** Output of `buckets.head`. */
export interface HeadBucketOutput {
  /** Region of the bucket; R2 reports `auto`. */
  readonly region: string | undefined
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
}

/** HeadBucket. */
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
