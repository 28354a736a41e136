import { integer, objectOf } from '../../validation/index.js'
import type { ListedPart } from '../../xml/documents.js'
import { uploadAddressFields } from '../fields/upload-address.js'
import { pagedList } from '../lists/list-source.js'
import { type ListPartsInput, type ListPartsOutput, listParts } from './list-parts.js'

/** Input of `multipart.listAllParts`. */
export interface ListAllPartsInput extends Omit<ListPartsInput, 'maxParts'> {
  /** Parts per request. R2 returns at most 1,000. @defaultValue 1000 */
  readonly pageSize?: number | undefined
}

/** The parts of an upload, over all pages. */
export const partList = pagedList<ListAllPartsInput, ListPartsInput, ListPartsOutput, ListedPart>({
  operation: listParts,
  input: objectOf<ListAllPartsInput>('listAllParts', {
    ...uploadAddressFields,
    partNumberMarker: integer(0),
    pageSize: integer(1),
  }),
  request: ({ pageSize: maxParts, ...input }, position) => ({ ...input, ...position, maxParts }),
  positionAfter: ({ nextPartNumberMarker: partNumberMarker }) =>
    partNumberMarker === undefined ? undefined : { partNumberMarker },
  itemsOf: ({ parts }) => parts,
})
