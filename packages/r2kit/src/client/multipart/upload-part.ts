import { type Body, type HeaderFields, headerOf, type RequestBody } from '../../http/index.js'
import { checkPartNumber } from '../../validation/index.js'
import {
  addChecksum,
  type ChecksumInput,
  checkContentMd5,
  checksumFrom,
  type ObjectChecksum,
} from '../fields/checksum.js'
import { etagFrom } from '../fields/conditions.js'
import { encodeBody } from '../fields/encode-body.js'
import { addCustomerKey, type CustomerKey } from '../fields/ssec.js'
import { checkUpload, type UploadAddress, uploadQuery } from '../fields/upload-address.js'
import { verifiedBody } from '../fields/verified-body.js'
import { checkOneChecksum } from '../objects/put-object.js'
import { defineOperation, type EncodedRequest } from '../operation.js'

export interface UploadPartInput extends UploadAddress {
  /** From 1 to 10,000. All parts but the last must have the same size, at least 5 MiB. */
  readonly partNumber: number
  readonly body: Body
  /** Length of a stream in bytes. */
  readonly contentLength?: number
  readonly contentMd5?: string
  readonly checksum?: ChecksumInput
  readonly ssec?: CustomerKey
  /** As for PutObject. @defaultValue true */
  readonly verify?: boolean
}

export interface UploadPartOutput {
  /** Bare; Complete needs it. */
  readonly etag: string
  readonly checksum: ObjectChecksum | undefined
  readonly requestId: string | undefined
}

export const uploadPart = defineOperation<UploadPartInput, UploadPartOutput>({
  name: 'UploadPart',
  idempotent: true,
  timeoutClass: 'part',
  validate(input, { rules }) {
    checkUpload(input, rules)
    checkPartNumber(input.partNumber)
    checkOneChecksum(input)
  },
  encode: (input) => encodeBody(input, encoded),
  decode: ({ headers }) => ({
    etag: etagFrom(headers),
    checksum: checksumFrom(headers),
    requestId: headerOf(headers, 'cf-ray'),
  }),
})

const encoded = (input: UploadPartInput, body: RequestBody): EncodedRequest => {
  const headers: HeaderFields = {}
  if (input.contentMd5 !== undefined) headers['content-md5'] = checkContentMd5(input.contentMd5)
  addChecksum(headers, input.checksum)
  addCustomerKey(headers, input.ssec)
  const { bucket, key } = input
  return { method: 'PUT', bucket, key, query: uploadQuery(input), headers, ...verifiedBody(input, body) }
}
