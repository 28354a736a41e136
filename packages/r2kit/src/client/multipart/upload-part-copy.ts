import { R2Error } from '../../errors/index.js'
import { type HeaderFields, headerOf } from '../../http/index.js'
import { checkPartNumber } from '../../validation/index.js'
import { type CopyResult, readCopyResult } from '../../xml/documents.js'
import { checkObject, type ObjectAddress } from '../fields/object-address.js'
import { addCustomerKey, type CustomerKey } from '../fields/ssec.js'
import { checkUpload, type UploadAddress, uploadQuery } from '../fields/upload-address.js'
import { copySource } from '../objects/copy-object.js'
import { defineOperation } from '../operation.js'

/** A part that R2 copies from another object. R2 has no conditions on the source here (it answers them with 501). */
export interface UploadPartCopyInput extends UploadAddress {
  readonly partNumber: number
  readonly source: ObjectAddress
  /** Which bytes of the source. @defaultValue all */
  readonly sourceRange?: { readonly offset: number; readonly length: number }
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
  validate(input, { rules }) {
    checkUpload(input, rules)
    checkObject(input.source, rules)
    checkPartNumber(input.partNumber)
    if (input.sourceRange !== undefined) checkSourceRange(input.sourceRange)
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

const checkSourceRange = ({ offset, length }: { offset: number; length: number }): void => {
  if (Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(length) && length > 0) return
  throw new R2Error(
    'InvalidInput',
    `sourceRange is ${offset}, ${length}; it must be a whole offset from 0 and a length from 1`,
    {
      field: 'sourceRange',
    },
  )
}
