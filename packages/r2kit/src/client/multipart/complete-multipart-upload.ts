import { utf8Bytes } from '../../base/bytes.js'
import { isR2Error } from '../../errors/index.js'
import { type HeaderFields, headerOf } from '../../http/index.js'
import {
  anyText,
  integer,
  objectOf,
  partCountMax,
  refuseInput,
  required,
  returned,
  someOf,
} from '../../validation/index.js'
import {
  type CompletedPart,
  type CompleteMultipartUploadResult,
  completeMultipartUploadDocument,
  readCompleteMultipartUpload,
  type XmlChecksum,
} from '../../xml/documents.js'
import type { ChecksumInput } from '../fields/checksum.js'
import { algorithmField, checksumField } from '../fields/checksum-field.js'
import { addConditions, type Conditions, conditionFields, etagField, isConditional } from '../fields/conditions.js'
import { bareEtag } from '../fields/etag.js'
import { inputOf } from '../fields/input-of.js'
import { etagOfParts } from '../fields/multipart-etag.js'
import { addChecksum } from '../fields/sent-checksum.js'
import { addCustomerKey, type CustomerKey, customerKeyField } from '../fields/ssec.js'
import { checkUpload, type UploadAddress, uploadAddressFields, uploadQuery } from '../fields/upload-address.js'
import { headObject } from '../objects/head-object.js'
import { defineOperation, type WriteOutcome } from '../operation.js'
import { recoveredDocument } from '../recovered-document.js'
import { writeOutcome } from '../unknown-outcome.js'
import { listParts } from './list-parts.js'

/** Input of `multipart.complete`. A condition that does not hold destroys the upload on R2. */
export interface CompleteMultipartUploadInput extends UploadAddress, Conditions {
  /** Number and ETag of each part, in any order. Results of `uploadPart` and `listParts` can be passed on: other fields are ignored. */
  readonly parts: readonly CompletedPart[]
  /** Key that the object is encrypted with. @defaultValue none */
  readonly ssec?: CustomerKey | undefined
  /** Checksum of the whole object, for uploads that were created with `checksumType: 'FULL_OBJECT'`. @defaultValue not compared */
  readonly checksum?: ChecksumInput | undefined
}

/** Output of `multipart.complete`. */
export interface CompleteMultipartUploadOutput extends CompleteMultipartUploadResult {
  /** ID of the version; R2 has one version of an object. */
  readonly versionId: string | undefined
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
}

const partField = objectOf<CompletedPart>('a part', {
  partNumber: required(integer(1, partCountMax)),
  // With or without quotes: browsers and other SDKs return ETags with them.
  etag: required(etagField),
  checksum: objectOf<XmlChecksum>('the checksum of a part', {
    algorithm: required(algorithmField),
    value: required(anyText),
    ...{ type: returned },
  }),
  ...{ size: returned, lastModified: returned, requestId: returned, verifiedBy: returned },
})

/**
 * CompleteMultipartUpload. After an ambiguous failure the client looks for the object. It is this upload's if it has the ETag that
 * follows from the parts and the upload is gone. While the upload exists, the request is sent again. If neither is found, the
 * error is `OutcomeUnknown`.
 */
export const completeMultipartUpload = defineOperation<CompleteMultipartUploadInput, CompleteMultipartUploadOutput>({
  name: 'CompleteMultipartUpload',
  idempotent: false,
  timeoutClass: 'part',
  input: inputOf<CompleteMultipartUploadInput>('CompleteMultipartUpload', {
    ...uploadAddressFields,
    ...conditionFields,
    parts: required(someOf(partField, 'Pass the parts that were uploaded: an upload has at least one.')),
    ssec: customerKeyField,
    checksum: checksumField,
  }),
  validate(input, { rules }) {
    checkUpload(input, rules)
    checkParts(input.parts)
  },
  encode(input) {
    const parts = input.parts
      .map(({ partNumber, etag, checksum }) => ({ partNumber, etag: bareEtag(etag), checksum }))
      .sort((a, b) => a.partNumber - b.partNumber)
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
      outcome: outcomeOf(input, parts),
    }
  },
  decode: ({ headers, body }) => ({
    ...readCompleteMultipartUpload(body as Uint8Array),
    versionId: headerOf(headers, 'x-amz-version-id'),
    requestId: headerOf(headers, 'cf-ray'),
  }),
})

const checkParts = (parts: readonly CompletedPart[]): void => {
  const numbers = new Set<number>()
  for (const { partNumber } of parts) {
    if (numbers.has(partNumber)) {
      throw refuseInput(
        'parts',
        `contains number ${partNumber} twice`,
        'Pass each part once, with the ETag of its last upload.',
      )
    }
    numbers.add(partNumber)
  }
}

const outcomeOf = (input: CompleteMultipartUploadInput, parts: readonly CompletedPart[]): WriteOutcome => {
  const { bucket, key, uploadId, ssec, checksum } = input
  const target = ssec === undefined ? { bucket, key } : { bucket, key, ssec }
  const write = {
    etag: () => (ssec === undefined ? etagOfParts(parts.map(({ etag }) => etag)) : undefined),
    checksum: () =>
      checksum?.value === undefined ? undefined : { algorithm: checksum.algorithm, value: checksum.value },
    conditions: input,
    isCompletion: true,
    isConditional: isConditional(input),
  }
  return writeOutcome(
    write,
    (execute) => ({
      head: () => execute(headObject, target),
      hasUpload: () => isThere(execute(listParts, { bucket, key, uploadId, maxParts: 1 })),
    }),
    (found) => recoveredDocument('CompleteMultipartUploadResult', found),
  )
}

/** Whether the upload exists that the request is about. */
export const isThere = (request: Promise<unknown>): Promise<boolean> =>
  request.then(
    () => true,
    (error: unknown) => {
      if (isR2Error(error, 'UploadNotFound')) return false
      throw error
    },
  )

/** The body of this request is a list of parts, so the checksum of the object cannot be computed from it. */
const requireValue = ({ value }: ChecksumInput): void => {
  if (value !== undefined) return
  throw refuseInput(
    'checksum.value',
    'is missing: it cannot be computed without the bytes of the object',
    'Pass the base64 checksum of the whole object.',
  )
}
