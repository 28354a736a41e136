import type { HeaderFields } from '../../http/index.js'
import {
  anyText,
  calendarDate,
  checkHeaderValue,
  checkMetadata,
  encodeMetadataValue,
  type Fields,
  oneOf,
  recordOf,
  type ValidationRules,
} from '../../validation/index.js'
import { addCustomerKey, type CustomerKey, customerKeyField } from './ssec.js'

export type StorageClass = 'STANDARD' | 'STANDARD_IA'

/** HTTP metadata that R2 keeps with an object and sends with it. ASCII only; `filename*=UTF-8''…` names files in other scripts. */
export interface HttpMetadata {
  readonly contentType?: string
  readonly cacheControl?: string
  readonly contentDisposition?: string
  /** R2 may decompress gzip on the way out unless `cacheControl` has `no-transform`. */
  readonly contentEncoding?: string
  readonly contentLanguage?: string
  readonly expires?: Date
}

/** What describes an object beside its bytes: fields common to put, copy and multipart create. */
export interface ObjectDescription extends HttpMetadata {
  /** The caller's own fields; values may be any text without control characters (non-ASCII goes as RFC 2047). */
  readonly metadata?: Readonly<Record<string, string>>
  /** @defaultValue the bucket's, normally `STANDARD` */
  readonly storageClass?: StorageClass
  readonly ssec?: CustomerKey
}

/** Header of each HTTP metadata field that is text. */
const httpMetadataHeaders = {
  contentType: 'content-type',
  cacheControl: 'cache-control',
  contentDisposition: 'content-disposition',
  contentEncoding: 'content-encoding',
  contentLanguage: 'content-language',
} as const

export const httpMetadataFields: Fields<HttpMetadata> = {
  contentType: anyText,
  cacheControl: anyText,
  contentDisposition: anyText,
  contentEncoding: anyText,
  contentLanguage: anyText,
  expires: calendarDate,
}

export const metadataField = recordOf(anyText)

export const descriptionFields: Fields<ObjectDescription> = {
  ...httpMetadataFields,
  metadata: metadataField,
  storageClass: oneOf('STANDARD', 'STANDARD_IA'),
  ssec: customerKeyField,
}

const textFields = Object.entries(httpMetadataHeaders) as [keyof typeof httpMetadataHeaders, string][]

/** Checks the texts that describe an object, before any of them is sent. */
export const checkDescription = (input: ObjectDescription, rules: ValidationRules): void => {
  for (const [field] of textFields) {
    const value = input[field]
    if (value !== undefined) checkHeaderValue(value, field)
  }
  if (input.metadata !== undefined) checkMetadata(input.metadata, rules)
}

export const addDescription = (headers: HeaderFields, input: ObjectDescription): void => {
  for (const [field, name] of textFields) {
    const value = input[field]
    if (value !== undefined) headers[name] = value
  }
  if (input.expires !== undefined) headers.expires = input.expires.toUTCString()
  if (input.storageClass !== undefined) headers['x-amz-storage-class'] = input.storageClass
  if (input.metadata !== undefined) {
    for (const name of Object.keys(input.metadata)) {
      headers[`x-amz-meta-${name.toLowerCase()}`] = encodeMetadataValue(input.metadata[name] ?? '')
    }
  }
  addCustomerKey(headers, input.ssec)
}
