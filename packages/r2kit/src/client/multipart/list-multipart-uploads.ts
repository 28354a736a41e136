import { headerOf } from '../../http/index.js'
import { anyText, checkBucketName, integer, required, text } from '../../validation/index.js'
import { type ListMultipartUploadsPage, readListMultipartUploads } from '../../xml/documents.js'
import { inputOf } from '../fields/input-of.js'
import { defineOperation } from '../operation.js'

export interface ListMultipartUploadsInput {
  readonly bucket: string
  readonly prefix?: string
  readonly delimiter?: string
  /** Only uploads after this key (and, with `uploadIdMarker`, after this upload of it). */
  readonly keyMarker?: string
  readonly uploadIdMarker?: string
  /** @defaultValue 1000, R2's most */
  readonly maxUploads?: number
}

export interface ListMultipartUploadsOutput extends ListMultipartUploadsPage {
  readonly requestId: string | undefined
}

/** ListMultipartUploads: one page of the uploads that were neither completed nor aborted. */
export const listMultipartUploads = defineOperation<ListMultipartUploadsInput, ListMultipartUploadsOutput>({
  name: 'ListMultipartUploads',
  idempotent: true,
  timeoutClass: 'list',
  input: inputOf<ListMultipartUploadsInput>('ListMultipartUploads', {
    bucket: required(anyText),
    prefix: text,
    delimiter: text,
    keyMarker: text,
    uploadIdMarker: text,
    maxUploads: integer(0),
  }),
  validate: ({ bucket }, { rules }) => checkBucketName(bucket, rules),
  encode(input) {
    const query: [string, string][] = [
      ['uploads', ''],
      ['encoding-type', 'url'],
    ]
    if (input.prefix !== undefined && input.prefix !== '') query.push(['prefix', input.prefix])
    if (input.delimiter !== undefined && input.delimiter !== '') query.push(['delimiter', input.delimiter])
    if (input.keyMarker !== undefined) query.push(['key-marker', input.keyMarker])
    if (input.uploadIdMarker !== undefined) query.push(['upload-id-marker', input.uploadIdMarker])
    if (input.maxUploads !== undefined) query.push(['max-uploads', String(input.maxUploads)])
    return { method: 'GET', bucket: input.bucket, query, headers: {} }
  },
  decode: ({ headers, body }) => ({
    ...readListMultipartUploads(body as Uint8Array),
    requestId: headerOf(headers, 'cf-ray'),
  }),
})
