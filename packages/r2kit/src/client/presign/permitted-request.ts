/** The inputs of `r2.presign`, and the requests that their URLs permit. */

import type { HeaderFields } from '../../http/index.js'
import type { PresignMethod } from '../../signing/presigning.js'
import {
  anyText,
  type Fields,
  integer,
  moment,
  type ObjectField,
  objectOf,
  partCountMax,
  type Refuse,
  refuseInput,
  required,
  type ValidationRules,
} from '../../validation/index.js'
import type { ChecksumInput } from '../fields/checksum.js'
import { checksumField } from '../fields/checksum-field.js'
import { addConditions, conditionFields } from '../fields/conditions.js'
import { addDescription, checkDescription, descriptionFields } from '../fields/description.js'
import { objectAddressFields } from '../fields/object-address.js'
import { partChecksumField } from '../fields/part-checksum.js'
import { addChecksum, checkContentMd5, checkOneChecksum } from '../fields/sent-checksum.js'
import { checkUpload, uploadAddressFields, uploadQuery } from '../fields/upload-address.js'
import { addReadOptions, checkReadOptions, overrideFieldTable, rangeField } from '../objects/read-object.js'
import type {
  PresignExpiry,
  PresignGetInput,
  PresignHeadInput,
  PresignInput,
  PresignPartInput,
  PresignPutInput,
} from './presign-input.js'

/** The request that a URL permits. */
export interface PermittedRequest {
  readonly method: PresignMethod
  readonly input: PresignInput
  readonly query: readonly (readonly [name: string, value: string])[]
  /** Signed, so that the request must send them. */
  readonly headers: HeaderFields
  readonly contentType?: string | undefined
}

const expiryFields: Fields<PresignExpiry> = { expiresInSeconds: integer(0), expiresAt: moment }
const plainFields: Fields<PresignInput> = { ...objectAddressFields, ...expiryFields }
const { ssec: _ssec, ...describedFields } = descriptionFields
const sentFields = { contentLength: integer(0), contentMd5: anyText }

/** Reads the input of one operation, of any type, and writes the request that it permits. */
export type ReadPermitted = (given: unknown, rules: ValidationRules, refuse: Refuse) => PermittedRequest

/** @param fieldOf makes the field of the input, for the first URL: bundlers drop functions that are not used */
const reading = <Input extends PresignInput>(
  method: PresignMethod,
  fieldOf: () => ObjectField<Input>,
  write: (input: Input, headers: HeaderFields, rules: ValidationRules) => [string, string][],
): ReadPermitted => {
  let field: ObjectField<Input> | undefined
  return (given, rules, refuse) => {
    field ??= fieldOf()
    const input = field.read(given, '', refuse)
    const headers: HeaderFields = {}
    const query = write(input, headers, rules)
    return { method, input, query, headers, contentType: headers['content-type'] }
  }
}

/** A URL that downloads an object. */
export const permittedGet = /* @__PURE__ */ reading(
  'GET',
  () =>
    objectOf<PresignGetInput>('a presigned GET', {
      ...plainFields,
      ...conditionFields,
      ...overrideFieldTable,
      range: rangeField,
      partNumber: integer(1, partCountMax),
    }),
  (input, headers) => {
    checkReadOptions(input)
    return addReadOptions(headers, input)
  },
)

/** A URL that reads the metadata of an object. */
export const permittedHead = /* @__PURE__ */ reading(
  'HEAD',
  () => objectOf<PresignHeadInput>('a presigned HEAD', { ...plainFields, ...conditionFields }),
  (input, headers) => {
    addConditions(headers, input)
    return []
  },
)

/** A URL that uploads an object. */
export const permittedPut = /* @__PURE__ */ reading(
  'PUT',
  () =>
    objectOf<PresignPutInput>('a presigned PUT', {
      ...plainFields,
      ...describedFields,
      ...conditionFields,
      ...sentFields,
      checksum: checksumField,
    }),
  (input, headers, rules) => {
    checkDescription(input, rules)
    addDescription(headers, input)
    addConditions(headers, input)
    addSent(headers, input)
    return []
  },
)

/** A URL that deletes an object. */
export const permittedDelete = /* @__PURE__ */ reading(
  'DELETE',
  () => objectOf<PresignInput>('a presigned DELETE', plainFields),
  () => [],
)

/** A URL that uploads one part. */
export const permittedPart = /* @__PURE__ */ reading(
  'PUT',
  () =>
    objectOf<PresignPartInput>('a presigned part', {
      ...uploadAddressFields,
      ...expiryFields,
      ...sentFields,
      partNumber: required(integer(1, partCountMax)),
      checksum: partChecksumField,
    }),
  (input, headers, rules) => {
    checkUpload(input, rules)
    addSent(headers, input)
    return uploadQuery(input)
  },
)

interface SentFields {
  readonly contentLength?: number | undefined
  readonly contentMd5?: string | undefined
  readonly checksum?: ChecksumInput | undefined
}

/** Writes length and digest of the body, where they are known: R2 rejects a body that differs. */
const addSent = (headers: HeaderFields, input: SentFields): void => {
  const { contentLength, contentMd5, checksum } = input
  checkOneChecksum(input)
  if (contentLength !== undefined) headers['content-length'] = String(contentLength)
  if (contentMd5 !== undefined) headers['content-md5'] = checkContentMd5(contentMd5)
  if (checksum !== undefined && checksum.value === undefined)
    throw refuseInput('checksum.value', 'is missing: the body is not known yet', 'Pass the checksum in base64.')
  addChecksum(headers, checksum)
}
