import { utf8Bytes } from '../../base/bytes.js'
import { headerOf, type RequestBody } from '../../http/index.js'
import { anyText, checkBucketName, oneOf, required } from '../../validation/index.js'
import { createBucketDocument } from '../../xml/documents.js'
import { inputOf } from '../fields/input-of.js'
import { defineOperation } from '../operation.js'

/** Where R2 should put a bucket, if it can. Source: developers.cloudflare.com/r2/reference/data-location. */
export type LocationHint = 'wnam' | 'enam' | 'weur' | 'eeur' | 'apac' | 'oc'

export interface CreateBucketInput {
  readonly bucket: string
  /** Best effort, and only the first time a name is made. @defaultValue close to the caller */
  readonly locationHint?: LocationHint
}

export interface CreateBucketOutput {
  readonly location: string | undefined
  readonly requestId: string | undefined
}

/** CreateBucket; `BucketExists` if there is one. Not repeated without a response: the second attempt would find the bucket of the first. */
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
