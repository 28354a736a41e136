import { utf8Bytes } from '../../base/bytes.js'
import { R2Error } from '../../errors/index.js'
import { headerOf, type RequestBody } from '../../http/index.js'
import { checkBucketName } from '../../validation/index.js'
import { createBucketDocument } from '../../xml/documents.js'
import { defineOperation } from '../operation.js'

/** Where R2 should put a bucket, if it can. Source: developers.cloudflare.com/r2/reference/data-location. */
export type LocationHint = 'wnam' | 'enam' | 'weur' | 'eeur' | 'apac' | 'oc'

const hints: readonly string[] = ['wnam', 'enam', 'weur', 'eeur', 'apac', 'oc']

export interface CreateBucketInput {
  readonly bucket: string
  /** Best effort, and only the first time a name is made. @defaultValue close to the caller */
  readonly locationHint?: LocationHint
}

export interface CreateBucketOutput {
  readonly location: string | undefined
  readonly requestId: string | undefined
}

/** CreateBucket; `BucketExists` if there is one. A lost answer is not asked for again: the second try would find the first. */
export const createBucket = defineOperation<CreateBucketInput, CreateBucketOutput>({
  name: 'CreateBucket',
  idempotent: false,
  timeoutClass: 'small',
  validate({ bucket, locationHint }, { rules }) {
    checkBucketName(bucket, rules)
    if (locationHint === undefined || hints.includes(locationHint)) return
    const problem = `locationHint is ${JSON.stringify(locationHint)}; R2 has ${hints.join(', ')}`
    throw new R2Error('InvalidInput', problem, { field: 'locationHint' })
  },
  encode({ bucket, locationHint }) {
    const body: RequestBody =
      locationHint === undefined
        ? { kind: 'empty' }
        : { kind: 'bytes', bytes: utf8Bytes(createBucketDocument.write({ locationConstraint: locationHint })) }
    return { method: 'PUT', bucket, headers: {}, body }
  },
  decode: ({ headers }) => ({ location: headerOf(headers, 'location'), requestId: headerOf(headers, 'cf-ray') }),
})
