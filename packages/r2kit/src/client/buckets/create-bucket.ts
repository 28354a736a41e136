import { utf8Bytes } from '../../base/bytes.js'
import { headerOf, type RequestBody } from '../../http/index.js'
import { anyText, checkBucketName, oneOf, required } from '../../validation/index.js'
import { createBucketDocument } from '../../xml/documents.js'
import { inputOf } from '../fields/input-of.js'
import { defineOperation } from '../operation.js'

/** A region for a bucket. Source: developers.cloudflare.com/r2/reference/data-location. */
export type LocationHint = 'wnam' | 'enam' | 'weur' | 'eeur' | 'apac' | 'oc'

/** Input of `buckets.create`. */
export interface CreateBucketInput {
  /** Name of the bucket: 3 to 63 lower-case letters, digits and hyphens. */
  readonly bucket: string
  /** Preferred region. R2 follows it where it can, and only when a name is used for the first time. @defaultValue close to the caller */
  readonly locationHint?: LocationHint | undefined
}

/** Output of `buckets.create`. */
export interface CreateBucketOutput {
  /** Path of the bucket: `/photos`. */
  readonly location: string | undefined
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
}

/** CreateBucket. Not repeated after a lost response: the second attempt would find the bucket of the first. */
export const createBucket = defineOperation<CreateBucketInput, CreateBucketOutput>({
  name: 'CreateBucket',
  idempotent: false,
  timeoutClass: 'small',
  input: inputOf<CreateBucketInput>('CreateBucket', {
    bucket: required(anyText),
    locationHint: oneOf('wnam', 'enam', 'weur', 'eeur', 'apac', 'oc'),
  }),
  validate: ({ bucket }, { rules }) => checkBucketName(bucket, rules),
  encode({ bucket, locationHint }) {
    const body: RequestBody =
      locationHint === undefined
        ? { kind: 'empty' }
        : { kind: 'bytes', bytes: utf8Bytes(createBucketDocument.write({ locationConstraint: locationHint })) }
    return { method: 'PUT', bucket, headers: {}, body }
  },
  decode: ({ headers }) => ({ location: headerOf(headers, 'location'), requestId: headerOf(headers, 'cf-ray') }),
})
