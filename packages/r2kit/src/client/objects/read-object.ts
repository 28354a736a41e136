/** Fields and encoding that GetObject and HeadObject share. */

import type { HeaderFields } from '../../http/index.js'
import {
  type Field,
  type Fields,
  flag,
  integer,
  objectOf,
  partCountMax,
  refuseInput,
  shown,
  type ValidationRules,
} from '../../validation/index.js'
import { addConditions, type Conditions, conditionFields } from '../fields/conditions.js'
import { checkObject, type ObjectAddress, objectAddressFields } from '../fields/object-address.js'
import { addCustomerKey, type CustomerKey, customerKeyField } from '../fields/ssec.js'
import { addTexts, checkTexts, fieldsOf } from '../fields/text-fields.js'
import type { EncodedRequest } from '../operation.js'

/**
 * A range of bytes: from `offset` to the end, `length` bytes from `offset`, or the last `suffix` bytes.
 *
 * @example { offset: 0, length: 1024 }
 */
export type ByteRange = { readonly offset: number; readonly length?: number | undefined } | { readonly suffix: number }

const anyRange = objectOf<{ offset?: number; length?: number; suffix?: number }>('a range', {
  offset: integer(0),
  length: integer(1),
  suffix: integer(1),
})

/** A range with either an offset or a suffix. */
export const rangeField: Field<ByteRange> = {
  takes: 'a range: { offset, length } or { suffix }',
  fields: anyRange.fields,
  read(value, name, refuse) {
    if (typeof value !== 'object') {
      throw refuse(
        name,
        `must be an object, but it is ${shown(value)}`,
        'Pass { offset: 0, length: 2 } or { suffix: 2 }.',
      )
    }
    const { offset, length, suffix } = anyRange.read(value, name, refuse)
    if (suffix === undefined && offset !== undefined) return length === undefined ? { offset } : { offset, length }
    if (suffix !== undefined && offset === undefined && length === undefined) return { suffix }
    throw refuse(name, 'must have either an offset or a suffix', 'Pass { offset, length } or { suffix }.')
  },
}

/** Fields of a read. R2 honours the overrides of response headers on GET, not on HEAD. */
export interface ReadObjectInput extends ObjectAddress, Conditions {
  /** Range of bytes. Not beside `partNumber`. @defaultValue the whole object */
  readonly range?: ByteRange | undefined
  /** Number of a part of a multipart object, from 1 to 10,000, in place of the whole. Not beside `range`. @defaultValue the whole object */
  readonly partNumber?: number | undefined
  /** Key that the object is encrypted with. @defaultValue none */
  readonly ssec?: CustomerKey | undefined
  /** Overrides `content-type` of the response, above all for presigned URLs. @defaultValue that of the object */
  readonly responseContentType?: string | undefined
  /** Overrides `content-disposition` of the response: `attachment; filename="report.pdf"`. @defaultValue that of the object */
  readonly responseContentDisposition?: string | undefined
  /** Overrides `cache-control` of the response. @defaultValue that of the object */
  readonly responseCacheControl?: string | undefined
  /** Overrides `content-encoding` of the response. @defaultValue that of the object */
  readonly responseContentEncoding?: string | undefined
  /** Overrides `content-language` of the response. @defaultValue that of the object */
  readonly responseContentLanguage?: string | undefined
  /** Overrides `expires` of the response. @defaultValue that of the object */
  readonly responseExpires?: string | undefined
}

/** Input of `objects.getStream`. */
export interface GetObjectStreamInput extends ReadObjectInput {
  /**
   * Whether a whole object is verified by the checksum that is stored with it, if there is one. Ranges, parts and checksums of
   * multipart objects over the checksums of their parts are not compared. @defaultValue true, unless the client's `integrity` is `none`
   */
  readonly verify?: boolean | undefined
}

const overrides = {
  responseContentType: 'response-content-type',
  responseContentDisposition: 'response-content-disposition',
  responseCacheControl: 'response-cache-control',
  responseContentEncoding: 'response-content-encoding',
  responseContentLanguage: 'response-content-language',
  responseExpires: 'response-expires',
} as const

export const overrideFieldTable: Fields<Overrides> = fieldsOf(overrides)

export const readObjectFields: Fields<ReadObjectInput> = {
  ...objectAddressFields,
  ...conditionFields,
  ...overrideFieldTable,
  range: rangeField,
  partNumber: integer(1, partCountMax),
  ssec: customerKeyField,
}

export const getObjectFields: Fields<GetObjectStreamInput> = { ...readObjectFields, verify: flag }

/** The overrides of response headers. */
export type Overrides = Pick<ReadObjectInput, keyof typeof overrides>

export const checkRead = (input: ReadObjectInput, rules: ValidationRules): void => {
  checkObject(input, rules)
  checkReadOptions(input)
}

/** The fields of a read that a presigned URL can have, too. */
type ReadOptions = Omit<ReadObjectInput, keyof ObjectAddress | 'ssec'>

export const checkReadOptions = (input: ReadOptions): void => {
  checkTexts(overrides, input)
  if (input.partNumber !== undefined && input.range !== undefined) {
    throw refuseInput('partNumber', 'cannot be used beside range', 'Omit one of the two.')
  }
}

export const encodeRead = (
  method: 'GET' | 'HEAD',
  input: ReadObjectInput,
  responseBody: 'bytes' | 'stream' = 'bytes',
  maxResponseBytes?: number,
): EncodedRequest => {
  // Without `identity` the edge may compress the body and omit Content-Length.
  // Without the checksum mode, S3 omits the stored checksum.
  const headers: HeaderFields = { 'accept-encoding': 'identity', 'x-amz-checksum-mode': 'ENABLED' }
  const query = addReadOptions(headers, input)
  addCustomerKey(headers, input.ssec)
  return { method, bucket: input.bucket, key: input.key, query, headers, responseBody, maxResponseBytes }
}

/** Writes the headers of range and conditions, and returns the query with the part and the overrides of the response's headers. */
export const addReadOptions = (headers: HeaderFields, input: ReadOptions): [string, string][] => {
  const { range, partNumber } = input
  if (range !== undefined) headers.range = rangeHeader(range)
  addConditions(headers, input)
  const query: HeaderFields = {}
  addTexts(query, overrides, input)
  if (partNumber !== undefined) query.partNumber = String(partNumber)
  return Object.entries(query)
}

/** R2 supports single byte ranges (RFC 9110, section 14.1.2). */
const rangeHeader = (range: ByteRange): string => {
  if ('suffix' in range) return `bytes=-${range.suffix}`
  const { offset, length } = range
  return length === undefined ? `bytes=${offset}-` : `bytes=${offset}-${offset + length - 1}`
}
