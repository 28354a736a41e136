import { type Body, type HeaderFields, headerOf } from '../../http/index.js'
import { anyText, anything, flag, integer, partCountMax, required } from '../../validation/index.js'
import { checksumFrom, type ObjectChecksum, type PartChecksumInput } from '../fields/checksum.js'
import { encodeBody } from '../fields/encode-body.js'
import { etagFrom } from '../fields/etag.js'
import { inputOf } from '../fields/input-of.js'
import { type Integrity, integrityField } from '../fields/integrity.js'
import { partChecksumField } from '../fields/part-checksum.js'
import { addCustomerKey, type CustomerKey, customerKeyField } from '../fields/ssec.js'
import { checkUpload, type UploadAddress, uploadAddressFields, uploadQuery } from '../fields/upload-address.js'
import type { VerifiedBy } from '../fields/upload-proof.js'
import { defineOperation } from '../operation.js'

/** Input of `multipart.uploadPart`. */
export interface UploadPartInput extends UploadAddress {
  /** Number of the part, from 1 to 10,000. */
  readonly partNumber: number
  /** The bytes of the part. All parts but the last must have the same size, of at least 5 MiB. */
  readonly body: Body
  /** Length of a stream in bytes. @defaultValue that of the body; required for streams */
  readonly contentLength?: number | undefined
  /**
   * The checksum that guards the part: R2 rejects other bytes before it stores them. R2 takes no SHA on parts. Not beside `checksum`
   * or `contentMd5`. @defaultValue the client's `integrity`
   */
  readonly integrity?: Integrity | undefined
  /** MD5 of the body in base64. R2 rejects a body that differs. Not beside `checksum`. @defaultValue none */
  readonly contentMd5?: string | undefined
  /** Checksum that R2 verifies: CRC32, CRC32C or CRC64NVME. Not beside `contentMd5`. @defaultValue none */
  readonly checksum?: PartChecksumInput | undefined
  /** Key that the upload is encrypted with. @defaultValue none */
  readonly ssec?: CustomerKey | undefined
  /**
   * The former choice of a check: false is `integrity: 'none'`, and true is the client's `integrity`, or CRC-32 where that is
   * `none`. Rejected beside an `integrity` that contradicts it. Without effect beside `checksum` or `contentMd5`.
   *
   * @deprecated Pass `integrity`.
   * @defaultValue none
   */
  readonly verify?: boolean | undefined
}

/** Output of `multipart.uploadPart`. */
export interface UploadPartOutput {
  /** ETag without quotes, which `multipart.complete` needs. */
  readonly etag: string
  /** Checksum that R2 stored; undefined where none was sent. */
  readonly checksum: ObjectChecksum | undefined
  /** The comparison that has shown that R2 stored these bytes; see `PutObjectOutput`. */
  readonly verifiedBy: VerifiedBy | undefined
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
    integrity: integrityField,
    contentMd5: anyText,
    checksum: partChecksumField,
    ssec: customerKeyField,
    verify: flag,
  }),
  validate: (input, { rules }) => checkUpload(input, rules),
  encode(input, context, signal) {
    const headers: HeaderFields = {}
    addCustomerKey(headers, input.ssec)
    const { bucket, key } = input
    const request = { method: 'PUT', bucket, key, query: uploadQuery(input), headers } as const
    return encodeBody(input, request, { context, signal, form: 'part' })
  },
  decode: ({ headers }, _input, { proof }) => ({
    etag: etagFrom(headers),
    checksum: checksumFrom(headers),
    verifiedBy: proof?.verifiedBy(headers),
    requestId: headerOf(headers, 'cf-ray'),
  }),
})
