import { type HeaderFields, headerOf } from '../../http/index.js'
import { integer, objectOf, partCountMax, required } from '../../validation/index.js'
import { type CopyResult, readCopyResult } from '../../xml/documents.js'
import { inputOf } from '../fields/input-of.js'
import { checkObject, type ObjectAddress, sourceField } from '../fields/object-address.js'
import { addCustomerKey, type CustomerKey, customerKeyField } from '../fields/ssec.js'
import { checkUpload, type UploadAddress, uploadAddressFields, uploadQuery } from '../fields/upload-address.js'
import { copySource } from '../objects/copy-object.js'
import { defineOperation } from '../operation.js'

/** Bytes of the source of a copy. */
interface SourceRange {
  readonly offset: number
  readonly length: number
}

/** A part that R2 copies from another object. R2 has no conditions on the source here (501). */
export interface UploadPartCopyInput extends UploadAddress {
  readonly partNumber: number
  readonly source: ObjectAddress
  /** Which bytes of the source. @defaultValue all */
  readonly sourceRange?: SourceRange
  readonly ssec?: CustomerKey
  readonly sourceSsec?: CustomerKey
}

export interface UploadPartCopyOutput extends CopyResult {
  readonly requestId: string | undefined
}

export const uploadPartCopy = defineOperation<UploadPartCopyInput, UploadPartCopyOutput>({
  name: 'UploadPartCopy',
  idempotent: true,
  timeoutClass: 'part',
  mayFailLate: true,
  input: inputOf<UploadPartCopyInput>('UploadPartCopy', {
    ...uploadAddressFields,
    partNumber: required(integer(1, partCountMax)),
    source: required(sourceField),
    sourceRange: objectOf<SourceRange>('the range of a source', {
      offset: required(integer(0)),
      length: required(integer(1)),
    }),
    ssec: customerKeyField,
    sourceSsec: customerKeyField,
  }),
  validate(input, { rules }) {
    checkUpload(input, rules)
    checkObject(input.source, rules, 'source.')
  },
  encode(input) {
    const headers: HeaderFields = { 'x-amz-copy-source': copySource(input.source) }
    if (input.sourceRange !== undefined) {
      const { offset, length } = input.sourceRange
      headers['x-amz-copy-source-range'] = `bytes=${offset}-${offset + length - 1}`
    }
    addCustomerKey(headers, input.ssec)
    addCustomerKey(headers, input.sourceSsec, true)
    return { method: 'PUT', bucket: input.bucket, key: input.key, query: uploadQuery(input), headers }
  },
  decode: ({ headers, body }) => ({ ...readCopyResult(body as Uint8Array), requestId: headerOf(headers, 'cf-ray') }),
})
