import { headerOf } from '../../http/index.js'
import { integer, text } from '../../validation/index.js'
import { type ListBucketsPage, readListBuckets } from '../../xml/documents.js'
import { inputOf } from '../fields/input-of.js'
import { defineOperation } from '../operation.js'

/** Paging is R2's own extension. Source: developers.cloudflare.com/r2/api/s3/extensions. */
export interface ListBucketsInput {
  readonly prefix?: string
  readonly startAfter?: string
  readonly continuationToken?: string
  /** @defaultValue 1000, R2's most */
  readonly maxKeys?: number
}

export interface ListBucketsOutput extends ListBucketsPage {
  readonly requestId: string | undefined
}

/** ListBuckets: one page of the account's buckets. Needs an Admin token. */
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
