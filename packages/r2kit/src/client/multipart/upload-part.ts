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

/** Input of `multipart.uploadPart`. */
export interface UploadPartInput extends UploadAddress {
  /** Number of the part, from 1 to 10,000. */
  readonly partNumber: number
  /** The bytes of the part. All parts but the last must have the same size, of at least 5 MiB. */
  readonly body: Body
  /** Length of a stream in bytes. @defaultValue that of the body; required for streams */
  readonly contentLength?: number | undefined
  /** MD5 of the body in base64. R2 rejects a body that differs. Not beside `checksum`. @defaultValue none */
  readonly contentMd5?: string | undefined
  /** Checksum that R2 verifies: CRC32, CRC32C or CRC64NVME. Not beside `contentMd5`. @defaultValue none */
  readonly checksum?: PartChecksumInput | undefined
  /** Key that the upload is encrypted with. @defaultValue none */
  readonly ssec?: CustomerKey | undefined
  /** Whether the stored bytes are verified; see `PutObjectInput`. @defaultValue true */
  readonly verify?: boolean | undefined
}

/** Output of `multipart.uploadPart`. */
export interface UploadPartOutput {
  /** ETag without quotes, which `multipart.complete` needs. */
  readonly etag: string
  /** Checksum that R2 stored; undefined where none was sent. */
  readonly checksum: ObjectChecksum | undefined
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
}

/** UploadPart. */
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
