import type { HeaderFields } from '../../http/index.js'
import {
  anyText,
  calendarDate,
  checkMetadata,
  encodeMetadataValue,
  type Fields,
  oneOf,
  recordOf,
  type ValidationRules,
} from '../../validation/index.js'
import { addCustomerKey, type CustomerKey, customerKeyField } from './ssec.js'
import { addTexts, checkTexts, fieldsOf } from './text-fields.js'

/** Storage class of an object: standard, or infrequent access. */
export type StorageClass = 'STANDARD' | 'STANDARD_IA'

/** HTTP metadata that R2 stores with an object and sends as response headers. ASCII only. */
export interface HttpMetadata {
  /** Media type: `image/jpeg`. @defaultValue none; R2 responds with `application/octet-stream` */
  readonly contentType?: string | undefined
  /** Rules for caches: `max-age=3600`. @defaultValue none */
  readonly cacheControl?: string | undefined
  /** Name under which browsers save the object. `filename*=UTF-8''…` encodes other scripts. @defaultValue none */
  readonly contentDisposition?: string | undefined
  /** Encoding of the stored bytes: `gzip`. R2 may decode gzip in responses, unless `cacheControl` has `no-transform`. @defaultValue none */
  readonly contentEncoding?: string | undefined
  /** Language of the content: `de`. @defaultValue none */
  readonly contentLanguage?: string | undefined
  /** Time after which caches consider the object stale, in whole seconds. R2 does not delete it then. @defaultValue none */
  readonly expires?: Date | undefined
}

/** The description of an object beside its bytes. Common to put, copy and multipart create. */
export interface ObjectDescription extends HttpMetadata {
  /**
   * Metadata of your own. Names are case-insensitive; values are any text without control characters. At most 2,048 bytes by
   * default, see `validation.metadataBytesMax`. @defaultValue none
   */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /** Storage class. @defaultValue that of the bucket, usually `STANDARD` */
  readonly storageClass?: StorageClass | undefined
  /** Key that encrypts the object; R2 does not store it. @defaultValue none; R2 encrypts with its own keys */
  readonly ssec?: CustomerKey | undefined
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
  ...fieldsOf(httpMetadataHeaders),
  expires: calendarDate,
}

export const metadataField = recordOf(anyText)

export const descriptionFields: Fields<ObjectDescription> = {
  ...httpMetadataFields,
  metadata: metadataField,
  storageClass: oneOf('STANDARD', 'STANDARD_IA'),
  ssec: customerKeyField,
}

/** Checks the texts that describe an object, before any of them is sent. */
export const checkDescription = (input: ObjectDescription, rules: ValidationRules): void => {
  checkTexts(httpMetadataHeaders, input)
  if (input.metadata !== undefined) checkMetadata(input.metadata, rules)
}

/** Writes the description as headers. */
export const addDescription = (headers: HeaderFields, input: ObjectDescription): void => {
  addTexts(headers, httpMetadataHeaders, input)
  if (input.expires !== undefined) headers.expires = input.expires.toUTCString()
  if (input.storageClass !== undefined) headers['x-amz-storage-class'] = input.storageClass
  if (input.metadata !== undefined) {
    for (const name of Object.keys(input.metadata)) {
      headers[`x-amz-meta-${name.toLowerCase()}`] = encodeMetadataValue(input.metadata[name] ?? '')
    }
  }
  addCustomerKey(headers, input.ssec)
}
