import { type HeaderFields, headerOf } from '../../http/index.js'
import { integer, objectOf, partCountMax, required } from '../../validation/index.js'
import { type CopyResult, readCopyResult } from '../../xml/documents.js'
import { inputOf } from '../fields/input-of.js'
import { checkObject, type ObjectAddress } from '../fields/object-address.js'
import { sourceField } from '../fields/object-source.js'
import { addCustomerKey, type CustomerKey, customerKeyField } from '../fields/ssec.js'
import { checkUpload, type UploadAddress, uploadAddressFields, uploadQuery } from '../fields/upload-address.js'
import { copySource } from '../objects/copy-object.js'
import { defineOperation } from '../operation.js'

/** A range of the source of a copy. */
export interface SourceRange {
  /** Position of the first byte. */
  readonly offset: number
  /** Number of bytes. */
  readonly length: number
}

/** Input of `multipart.uploadPartCopy`. R2 supports no conditions on the source here (501). */
export interface UploadPartCopyInput extends UploadAddress {
  /** Number of the part, from 1 to 10,000. */
  readonly partNumber: number
  /** Address of the object to copy from. */
  readonly source: ObjectAddress
  /** Range of the source. @defaultValue the whole source */
  readonly sourceRange?: SourceRange | undefined
  /** Key that the upload is encrypted with. @defaultValue none */
  readonly ssec?: CustomerKey | undefined
  /** Key that the source is encrypted with. @defaultValue none */
  readonly sourceSsec?: CustomerKey | undefined
}

/** Output of `multipart.uploadPartCopy`. */
export interface UploadPartCopyOutput extends CopyResult {
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
}

/** UploadPartCopy. */
export const uploadPartCopy = defineOperation<UploadPartCopyInput, UploadPartCopyOutput>({
  name: 'UploadPartCopy',
  idempotent: true,
  timeoutClass: 'part',
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
