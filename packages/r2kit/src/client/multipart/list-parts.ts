import { headerOf } from '../../http/index.js'
import { integer } from '../../validation/index.js'
import { type ListPartsPage, readListParts } from '../../xml/documents.js'
import { inputOf } from '../fields/input-of.js'
import { checkUpload, type UploadAddress, uploadAddressFields, uploadQuery } from '../fields/upload-address.js'
import { defineOperation } from '../operation.js'

/** Input of `multipart.listParts`. */
export interface ListPartsInput extends UploadAddress {
  /** Lists only parts after this number: the `nextPartNumberMarker` of the previous page. @defaultValue 0 */
  readonly partNumberMarker?: number | undefined
  /** Most parts on the page. R2 returns at most 1,000. @defaultValue 1000 */
  readonly maxParts?: number | undefined
}

/** Output of `multipart.listParts`. */
export interface ListPartsOutput extends ListPartsPage {
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
}

/** ListParts. */
export const listParts = defineOperation<ListPartsInput, ListPartsOutput>({
  name: 'ListParts',
  idempotent: true,
  timeoutClass: 'list',
  input: inputOf<ListPartsInput>('ListParts', {
    ...uploadAddressFields,
    partNumberMarker: integer(0),
    maxParts: integer(0),
  }),
  validate: (input, { rules }) => checkUpload(input, rules),
  encode(input) {
    const query = uploadQuery(input)
    if (input.partNumberMarker !== undefined) query.push(['part-number-marker', String(input.partNumberMarker)])
    if (input.maxParts !== undefined) query.push(['max-parts', String(input.maxParts)])
    return { method: 'GET', bucket: input.bucket, key: input.key, query, headers: {} }
  },
  decode: ({ headers, body }) => ({ ...readListParts(body as Uint8Array), requestId: headerOf(headers, 'cf-ray') }),
})
