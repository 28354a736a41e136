import { R2Error } from '../../errors/index.js'
import type { ValidationRules } from '../../validation/index.js'
import { checkObject, type ObjectAddress } from './object-address.js'

/** Which unfinished multipart upload. */
export interface UploadAddress extends ObjectAddress {
  readonly uploadId: string
}

export const checkUpload = (input: UploadAddress, rules: ValidationRules): void => {
  checkObject(input, rules)
  if (typeof input.uploadId === 'string' && input.uploadId !== '') return
  throw new R2Error('InvalidInput', 'uploadId is empty', { field: 'uploadId', hint: 'multipart.create answers it.' })
}

export const uploadQuery = (input: UploadAddress & { readonly partNumber?: number }): [string, string][] => [
  ...(input.partNumber === undefined ? [] : ([['partNumber', String(input.partNumber)]] as [string, string][])),
  ['uploadId', input.uploadId],
]
