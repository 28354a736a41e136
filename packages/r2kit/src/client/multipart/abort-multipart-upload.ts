import { headerOf } from '../../http/index.js'
import { inputOf } from '../fields/input-of.js'
import { checkUpload, type UploadAddress, uploadAddressFields, uploadQuery } from '../fields/upload-address.js'
import { defineOperation } from '../operation.js'

/** Input of `multipart.abort`. */
export type AbortMultipartUploadInput = UploadAddress

/** Output of `multipart.abort`. */
export interface AbortMultipartUploadOutput {
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
}

/** AbortMultipartUpload. */
export const abortMultipartUpload = defineOperation<AbortMultipartUploadInput, AbortMultipartUploadOutput>({
  name: 'AbortMultipartUpload',
  idempotent: true,
  timeoutClass: 'small',
  succeedsWith204: true,
  input: inputOf<AbortMultipartUploadInput>('AbortMultipartUpload', uploadAddressFields),
  validate: (input, { rules }) => checkUpload(input, rules),
  encode: (input) => ({
    method: 'DELETE',
    bucket: input.bucket,
    key: input.key,
    query: uploadQuery(input),
    headers: {},
  }),
  decode: ({ headers }) => ({ requestId: headerOf(headers, 'cf-ray') }),
})
