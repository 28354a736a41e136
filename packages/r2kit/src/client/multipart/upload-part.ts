import { type Body, type HeaderFields, headerOf, type RequestBody } from '../../http/index.js'
import { anyText, anything, flag, integer, partCountMax, required } from '../../validation/index.js'
import {
  addChecksum,
  checkContentMd5,
  checksumFrom,
  type ObjectChecksum,
  type PartChecksumInput,
  partChecksumField,
} from '../fields/checksum.js'
import { encodeBody } from '../fields/encode-body.js'
import { etagFrom } from '../fields/etag.js'
import { inputOf } from '../fields/input-of.js'
import { addCustomerKey, type CustomerKey, customerKeyField } from '../fields/ssec.js'
import { checkUpload, type UploadAddress, uploadAddressFields, uploadQuery } from '../fields/upload-address.js'
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
  /** R2 refuses SHA-1 and SHA-256 on parts (501); CRC32, CRC32C, CRC64NVME and `contentMd5` are possible. */
  readonly checksum?: PartChecksumInput
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
  input: inputOf<UploadPartInput>('UploadPart', {
    ...uploadAddressFields,
    partNumber: required(integer(1, partCountMax)),
    body: required(anything<Body>('text, bytes, a Blob, a stream or { path }')),
    contentLength: integer(0),
    contentMd5: anyText,
    checksum: partChecksumField,
    ssec: customerKeyField,
    verify: flag,
  }),
  validate(input, { rules }) {
    checkUpload(input, rules)
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
