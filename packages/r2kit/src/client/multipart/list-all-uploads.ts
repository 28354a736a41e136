import { anyText, integer, objectOf, required, text } from '../../validation/index.js'
import type { ListedUpload } from '../../xml/documents.js'
import { pagedList } from '../lists/list-source.js'
import {
  type ListMultipartUploadsInput,
  type ListMultipartUploadsOutput,
  listMultipartUploads,
} from './list-multipart-uploads.js'

/** Input of `multipart.listAllUploads`. */
export interface ListAllUploadsInput extends Omit<ListMultipartUploadsInput, 'maxUploads'> {
  /** Uploads and common prefixes per request. R2 returns at most 1,000. @defaultValue 1000 */
  readonly pageSize?: number | undefined
}

/** The unfinished uploads of a bucket, over all pages. */
export const uploadList = pagedList<
  ListAllUploadsInput,
  ListMultipartUploadsInput,
  ListMultipartUploadsOutput,
  ListedUpload
>({
  operation: listMultipartUploads,
  input: objectOf<ListAllUploadsInput>('listAllUploads', {
    bucket: required(anyText),
    prefix: text,
    delimiter: text,
    keyMarker: text,
    uploadIdMarker: text,
    pageSize: integer(1),
  }),
  request: ({ pageSize: maxUploads, ...input }, position) => ({ ...input, ...position, maxUploads }),
  // A page may end with a common prefix, which has no upload ID.
  positionAfter: ({ nextKeyMarker: keyMarker, nextUploadIdMarker: uploadIdMarker }) =>
    keyMarker === undefined ? undefined : { keyMarker, uploadIdMarker },
  itemsOf: ({ uploads }) => uploads,
})
