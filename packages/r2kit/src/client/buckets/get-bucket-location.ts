import { headerOf } from '../../http/index.js'
import { checkBucketName } from '../../validation/index.js'
import { readLocationConstraint } from '../../xml/documents.js'
import { defineOperation } from '../operation.js'
import { type BucketInput, bucketField } from './head-bucket.js'

/** Output of `buckets.location`. */
export interface GetBucketLocationOutput {
  /** Location hint in upper case, such as `WNAM`; empty where the bucket has none. */
  readonly location: string
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
}

/** GetBucketLocation. */
export const getBucketLocation = defineOperation<BucketInput, GetBucketLocationOutput>({
  name: 'GetBucketLocation',
  idempotent: true,
  timeoutClass: 'small',
  input: bucketField('GetBucketLocation'),
  validate: ({ bucket }, { rules }) => checkBucketName(bucket, rules),
  encode: ({ bucket }) => ({ method: 'GET', bucket, query: [['location', '']], headers: {} }),
  decode: ({ headers, body }) => ({
    location: readLocationConstraint(body as Uint8Array),
    requestId: headerOf(headers, 'cf-ray'),
  }),
})
