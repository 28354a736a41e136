import { headerOf } from '../../http/index.js'
import { integer } from '../../validation/index.js'
import { type ListPartsPage, readListParts } from '../../xml/documents.js'
import { inputOf } from '../fields/input-of.js'
import { checkUpload, type UploadAddress, uploadAddressFields, uploadQuery } from '../fields/upload-address.js'
import { defineOperation } from '../operation.js'

export interface ListPartsInput extends UploadAddress {
  /** Only parts after this number. */
  readonly partNumberMarker?: number
  /** @defaultValue 1000, R2's most */
  readonly maxParts?: number
}

export interface ListPartsOutput extends ListPartsPage {
  readonly requestId: string | undefined
}

/** ListParts: one page of the parts that have arrived. */
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
