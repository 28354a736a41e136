import { utf8Bytes } from '../../base/bytes.js'
import { R2Error } from '../../errors/index.js'
import { type HeaderFields, headerOf } from '../../http/index.js'
import { checkPartNumber } from '../../validation/index.js'
import {
  type CompletedPart,
  type CompleteMultipartUploadResult,
  completeMultipartUploadDocument,
  readCompleteMultipartUpload,
} from '../../xml/documents.js'
import { addChecksum, type ChecksumInput } from '../fields/checksum.js'
import { addConditions, type Conditions } from '../fields/conditions.js'
import { addCustomerKey, type CustomerKey } from '../fields/ssec.js'
import { checkUpload, type UploadAddress, uploadQuery } from '../fields/upload-address.js'
import { defineOperation } from '../operation.js'

/** The parts that make the object, in any order. A condition that fails destroys the upload on R2. */
export interface CompleteMultipartUploadInput extends UploadAddress, Conditions {
  readonly parts: readonly CompletedPart[]
  readonly ssec?: CustomerKey
  /** What the whole object's checksum has to be; for uploads that were created with a FULL_OBJECT one. */
  readonly checksum?: ChecksumInput
}

export interface CompleteMultipartUploadOutput extends CompleteMultipartUploadResult {
  readonly versionId: string | undefined
  readonly requestId: string | undefined
}

/** CompleteMultipartUpload. A lost answer is not asked for again: the second try would find the upload gone. */
export const completeMultipartUpload = defineOperation<CompleteMultipartUploadInput, CompleteMultipartUploadOutput>({
  name: 'CompleteMultipartUpload',
  idempotent: false,
  timeoutClass: 'part',
  mayFailLate: true,
  validate(input, { rules }) {
    checkUpload(input, rules)
    if (input.parts.length === 0) throw new R2Error('InvalidInput', 'parts is empty', { field: 'parts' })
    const numbers = new Set<number>()
    for (const { partNumber } of input.parts) {
      checkPartNumber(partNumber)
      if (numbers.has(partNumber)) {
        throw new R2Error('InvalidInput', `parts has number ${partNumber} twice`, { field: 'parts' })
      }
      numbers.add(partNumber)
    }
  },
  encode(input) {
    const parts = [...input.parts].sort((a, b) => a.partNumber - b.partNumber)
    const headers: HeaderFields = { 'content-type': 'application/xml' }
    addConditions(headers, input)
    addCustomerKey(headers, input.ssec)
    const bytes = utf8Bytes(completeMultipartUploadDocument.write({ parts }))
    if (input.checksum !== undefined) {
      requireValue(input.checksum)
      addChecksum(headers, input.checksum)
      headers['x-amz-checksum-type'] = 'FULL_OBJECT'
    }
    return {
      method: 'POST',
      bucket: input.bucket,
      key: input.key,
      query: uploadQuery(input),
      headers,
      body: { kind: 'bytes', bytes },
    }
  },
  decode: ({ headers, body }) => ({
    ...readCompleteMultipartUpload(body as Uint8Array),
    versionId: headerOf(headers, 'x-amz-version-id'),
    requestId: headerOf(headers, 'cf-ray'),
  }),
})

/** The body of this request is a list of parts, of which no checksum is wanted. */
const requireValue = ({ value }: ChecksumInput): void => {
  if (value !== undefined) return
  throw new R2Error('InvalidInput', 'checksum.value is missing: the object is not in memory', {
    field: 'checksum.value',
  })
}
