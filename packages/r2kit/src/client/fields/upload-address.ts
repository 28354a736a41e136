import { type Fields, refuseInput, required, returned, text, type ValidationRules } from '../../validation/index.js'
import { checkObject, type ObjectAddress, objectAddressFields } from './object-address.js'

/** The address of an unfinished multipart upload. */
export interface UploadAddress extends ObjectAddress {
  /** ID of the upload, as `multipart.create` returned it. */
  readonly uploadId: string
}

/** The result of `multipart.create` can be passed on: its `requestId` is ignored. */
export const uploadAddressFields: Fields<UploadAddress> = {
  ...objectAddressFields,
  uploadId: required(text),
  ...{ requestId: returned },
}

export const checkUpload = (input: UploadAddress, rules: ValidationRules): void => {
  checkObject(input, rules)
  if (input.uploadId === '')
    throw refuseInput('uploadId', 'must not be empty', 'Pass the uploadId returned by multipart.create.')
}

export const uploadQuery = (input: UploadAddress & { readonly partNumber?: number }): [string, string][] => [
  ...(input.partNumber === undefined ? [] : ([['partNumber', String(input.partNumber)]] as [string, string][])),
  ['uploadId', input.uploadId],
]
