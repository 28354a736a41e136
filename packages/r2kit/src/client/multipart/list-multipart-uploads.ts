import { headerOf } from '../../http/index.js'
import { anyText, checkBucketName, integer, required, text } from '../../validation/index.js'
import { type ListMultipartUploadsPage, readListMultipartUploads } from '../../xml/documents.js'
import { inputOf } from '../fields/input-of.js'
import { defineOperation } from '../operation.js'

/** Input of `multipart.listUploads`. */
export interface ListMultipartUploadsInput {
  /** Name of the bucket. */
  readonly bucket: string
  /** Lists only keys that start with this text. @defaultValue '', all keys */
  readonly prefix?: string | undefined
  /** Lists keys that share the text up to this delimiter, after the prefix, once, as a common prefix. @defaultValue none */
  readonly delimiter?: string | undefined
  /** Lists only uploads after this key: the `nextKeyMarker` of the previous page. @defaultValue the first page */
  readonly keyMarker?: string | undefined
  /** Lists only uploads of `keyMarker` after this one: the `nextUploadIdMarker` of the previous page. @defaultValue none */
  readonly uploadIdMarker?: string | undefined
  /** Most uploads and common prefixes on the page. R2 returns at most 1,000. @defaultValue 1000 */
  readonly maxUploads?: number | undefined
}

/** Output of `multipart.listUploads`. */
export interface ListMultipartUploadsOutput extends ListMultipartUploadsPage {
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
}

/** ListMultipartUploads. */
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
