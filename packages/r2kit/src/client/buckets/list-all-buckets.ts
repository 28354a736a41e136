import { integer, objectOf, text } from '../../validation/index.js'
import type { ListedBucket } from '../../xml/documents.js'
import { pagedList } from '../lists/list-source.js'
import { type ListBucketsInput, type ListBucketsOutput, listBuckets } from './list-buckets.js'

/** Input of `buckets.listAll`. */
export interface ListAllBucketsInput extends Omit<ListBucketsInput, 'maxKeys'> {
  /** Buckets per request. R2 returns at most 1,000. @defaultValue 1000 */
  readonly pageSize?: number | undefined
}

/** The buckets of an account, over all pages. */
export const bucketList = pagedList<ListAllBucketsInput, ListBucketsInput, ListBucketsOutput, ListedBucket>({
  operation: listBuckets,
  input: objectOf<ListAllBucketsInput>('listAll', {
    prefix: text,
    startAfter: text,
    continuationToken: text,
    pageSize: integer(1),
  }),
  request: ({ pageSize: maxKeys, startAfter, ...input }, position) => ({
    ...input,
    ...(position ?? (input.continuationToken === undefined ? { startAfter } : {})),
    maxKeys,
  }),
  positionAfter: ({ nextContinuationToken: continuationToken }) =>
    continuationToken === undefined ? undefined : { continuationToken },
  itemsOf: ({ buckets }) => buckets,
})
