import { type HeaderFields, headerOf } from '../../http/index.js'
import { flag, oneOf, refuseInput } from '../../validation/index.js'
import { readInitiateMultipartUpload } from '../../xml/documents.js'
import type { PartChecksumAlgorithm } from '../fields/checksum.js'
import { addConditions, type Conditions, conditionFields } from '../fields/conditions.js'
import { addDescription, checkDescription, descriptionFields, type ObjectDescription } from '../fields/description.js'
import { inputOf } from '../fields/input-of.js'
import { checkObject, type ObjectAddress, objectAddressFields } from '../fields/object-address.js'
import { partAlgorithmField } from '../fields/part-checksum.js'
import { defineOperation } from '../operation.js'

/** Input of `multipart.create`. R2 checks the conditions when the upload is created. */
export interface CreateMultipartUploadInput extends ObjectAddress, ObjectDescription, Conditions {
  /** Algorithm of the checksums of parts and object. R2 rejects SHA-1 and SHA-256 on parts (501). @defaultValue none */
  readonly checksumAlgorithm?: PartChecksumAlgorithm | undefined
  /** `FULL_OBJECT` for CRC64NVME, `COMPOSITE` for the other algorithms. @defaultValue the one that the algorithm has */
  readonly checksumType?: 'FULL_OBJECT' | 'COMPOSITE' | undefined
  /** Whether R2 creates an absent bucket first (an extension of R2). @defaultValue false */
  readonly createBucketIfMissing?: boolean | undefined
}

/** Output of `multipart.create`. */
export interface CreateMultipartUploadOutput {
  /** ID of the upload, an opaque and long text. R2 aborts unfinished uploads after 7 days unless a lifecycle rule differs. */
  readonly uploadId: string
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
}

/** CreateMultipartUpload. Not repeated after a lost response, which would leave an upload behind. */
export const createMultipartUpload = defineOperation<CreateMultipartUploadInput, CreateMultipartUploadOutput>({
  name: 'CreateMultipartUpload',
  idempotent: false,
  timeoutClass: 'small',
  input: inputOf<CreateMultipartUploadInput>('CreateMultipartUpload', {
    ...objectAddressFields,
    ...descriptionFields,
    ...conditionFields,
    checksumAlgorithm: partAlgorithmField,
    checksumType: oneOf('FULL_OBJECT', 'COMPOSITE'),
    createBucketIfMissing: flag,
  }),
  validate(input, { rules }) {
    checkObject(input, rules)
    checkDescription(input, rules)
    checkChecksumType(input)
  },
  encode(input) {
    const headers: HeaderFields = {}
    addDescription(headers, input)
    addConditions(headers, input)
    const { checksumAlgorithm, checksumType } = input
    if (checksumAlgorithm !== undefined) headers['x-amz-checksum-algorithm'] = checksumAlgorithm
    if (checksumType !== undefined) headers['x-amz-checksum-type'] = checksumType
    if (input.createBucketIfMissing === true) headers['cf-create-bucket-if-missing'] = 'true'
    return { method: 'POST', bucket: input.bucket, key: input.key, query: [['uploads', '']], headers }
  },
  decode: ({ headers, body }) => ({
    ...readInitiateMultipartUpload(body as Uint8Array),
    requestId: headerOf(headers, 'cf-ray'),
  }),
})

const checkChecksumType = ({ checksumAlgorithm, checksumType }: CreateMultipartUploadInput): void => {
  if (checksumType === undefined) return
  const possible = checksumAlgorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE'
  if (checksumAlgorithm !== undefined && checksumType === possible) return
  if (checksumAlgorithm === undefined)
    throw refuseInput('checksumType', 'has no effect without checksumAlgorithm', 'Pass checksumAlgorithm too.')
  throw refuseInput(
    'checksumType',
    `must be '${possible}' for ${checksumAlgorithm} on multipart objects, but it is '${checksumType}'`,
    `Use '${possible}', or omit the field.`,
  )
}
