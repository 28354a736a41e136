import { headerOf } from '../../http/index.js'
import { integer, text } from '../../validation/index.js'
import { type ListBucketsPage, readListBuckets } from '../../xml/documents.js'
import { inputOf } from '../fields/input-of.js'
import { defineOperation } from '../operation.js'

/** Input of `buckets.list`. Paging is an extension of R2. Source: developers.cloudflare.com/r2/api/s3/extensions. */
export interface ListBucketsInput {
  /** Lists only names that start with this text. @defaultValue '', all buckets */
  readonly prefix?: string | undefined
  /** Lists only names after this one. @defaultValue '', all buckets */
  readonly startAfter?: string | undefined
  /** Continues a list: the `nextContinuationToken` of the previous page. @defaultValue the first page */
  readonly continuationToken?: string | undefined
  /** Most buckets on the page. R2 returns at most 1,000. @defaultValue 1000 */
  readonly maxKeys?: number | undefined
}

/** Output of `buckets.list`. */
export interface ListBucketsOutput extends ListBucketsPage {
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
}

/** ListBuckets. */
export const listBuckets = defineOperation<ListBucketsInput, ListBucketsOutput>({
  name: 'ListBuckets',
  idempotent: true,
  timeoutClass: 'list',
  input: inputOf<ListBucketsInput>('ListBuckets', {
    prefix: text,
    startAfter: text,
    continuationToken: text,
    maxKeys: integer(0),
  }),
  validate: () => undefined,
  encode(input) {
    const query: [string, string][] = []
    if (input.prefix !== undefined) query.push(['prefix', input.prefix])
    if (input.startAfter !== undefined) query.push(['start-after', input.startAfter])
    if (input.continuationToken !== undefined) query.push(['continuation-token', input.continuationToken])
    if (input.maxKeys !== undefined) query.push(['max-keys', String(input.maxKeys)])
    return { method: 'GET', query, headers: {} }
  },
  decode: ({ headers, body }) => ({ ...readListBuckets(body as Uint8Array), requestId: headerOf(headers, 'cf-ray') }),
})
