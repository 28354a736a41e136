import { md5 } from '#hash'
import { bytesFromHex, concatBytes, hexFromBytes, utf8Bytes } from '../../base/bytes.js'
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
import { addConditions, bareEtag, type Conditions } from '../fields/conditions.js'
import { addCustomerKey, type CustomerKey } from '../fields/ssec.js'
import { checkUpload, type UploadAddress, uploadQuery } from '../fields/upload-address.js'
import { defineOperation } from '../operation.js'
import { documentOf, isMd5, settler, strongEtags } from '../settle-write.js'

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

/**
 * CompleteMultipartUpload. After a lost answer the object is looked at: one with the ETag that follows from the parts is this
 * upload's. Otherwise it is sent again; if the upload turns out to be gone then, the error is `OutcomeUnknown`.
 */
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
      settle: settleComplete(input, parts),
    }
  },
  decode: ({ headers, body }) => ({
    ...readCompleteMultipartUpload(body as Uint8Array),
    versionId: headerOf(headers, 'x-amz-version-id'),
    requestId: headerOf(headers, 'cf-ray'),
  }),
})

const settleComplete = (input: CompleteMultipartUploadInput, parts: readonly CompletedPart[]) =>
  settler({
    bucket: input.bucket,
    key: input.key,
    ssec: input.ssec,
    etag: () => (input.ssec === undefined ? etagOfParts(parts) : undefined),
    replaces: strongEtags(input.ifMatch),
    needsProof: false,
    answer: (found) => documentOf('CompleteMultipartUploadResult', found),
  })

/** MD5 of the parts' MD5s and their number. Source: developers.cloudflare.com/r2/objects/multipart-objects, ETags. */
const etagOfParts = (parts: readonly CompletedPart[]): string | undefined => {
  const etags = parts.map(({ etag }) => bareEtag(etag))
  if (!etags.every(isMd5)) return undefined
  const digests = etags.map((etag) => bytesFromHex(etag) ?? new Uint8Array(0))
  return `${hexFromBytes(md5(concatBytes(digests)))}-${digests.length}`
}

/** The body of this request is a list of parts, of which no checksum is wanted. */
const requireValue = ({ value }: ChecksumInput): void => {
  if (value !== undefined) return
  throw new R2Error('InvalidInput', 'checksum.value is missing: the object is not in memory', {
    field: 'checksum.value',
  })
}
