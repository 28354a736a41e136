/** What GetObject and HeadObject have in common: the same fields choose the object, the bytes and the conditions. */
import { R2Error } from '../../errors/index.js'
import { checkHeaderValue, checkPartNumber, type ValidationRules } from '../../validation/index.js'
import { addConditions, type Conditions } from '../fields/conditions.js'
import { checkObject, type ObjectAddress } from '../fields/object-address.js'
import { addCustomerKey, type CustomerKey } from '../fields/ssec.js'
import type { EncodedRequest } from '../operation.js'

/** Bytes from an offset, to the end where no length is given, or the last bytes. */
export type ByteRange = { readonly offset: number; readonly length?: number } | { readonly suffix: number }

export interface ReadObjectInput extends ObjectAddress, Conditions {
  readonly range?: ByteRange
  /** One part of a multipart object, as it was uploaded; not beside `range`. */
  readonly partNumber?: number
  readonly ssec?: CustomerKey
  /** Overrides of the answer's headers, for presigned links above all. Not confirmed for R2 itself. */
  readonly responseContentType?: string
  readonly responseContentDisposition?: string
  readonly responseCacheControl?: string
  readonly responseContentEncoding?: string
  readonly responseContentLanguage?: string
  readonly responseExpires?: string
}

const overrides = {
  responseContentType: 'response-content-type',
  responseContentDisposition: 'response-content-disposition',
  responseCacheControl: 'response-cache-control',
  responseContentEncoding: 'response-content-encoding',
  responseContentLanguage: 'response-content-language',
  responseExpires: 'response-expires',
} as const

type Overrides = Pick<ReadObjectInput, keyof typeof overrides>

const overrideFields = Object.entries(overrides) as [keyof typeof overrides, string][]

export const checkRead = (input: ReadObjectInput, rules: ValidationRules): void => {
  checkObject(input, rules)
  checkOverrides(input)
  if (input.partNumber !== undefined) checkPartNumber(input.partNumber)
  if (input.partNumber !== undefined && input.range !== undefined) {
    throw new R2Error('InvalidInput', 'range and partNumber cannot both be given', { field: 'partNumber' })
  }
}

export const checkOverrides = (input: Overrides): void => {
  for (const [field] of overrideFields) {
    const value = input[field]
    if (value !== undefined) checkHeaderValue(value, field)
  }
}

export const encodeRead = (
  method: 'GET' | 'HEAD',
  input: ReadObjectInput,
  responseBody: 'bytes' | 'stream' = 'bytes',
  maxResponseBytes?: number,
): EncodedRequest => {
  // The edge compresses and drops Content-Length unless it is told not to; object bytes are never transformed.
  // Without the mode, S3's rule is to keep the stored checksum to itself; AWS's SDKs send it to R2 by default.
  const headers: Record<string, string> = { 'accept-encoding': 'identity', 'x-amz-checksum-mode': 'ENABLED' }
  if (input.range !== undefined) headers.range = rangeHeader(input.range)
  addConditions(headers, input)
  addCustomerKey(headers, input.ssec)
  const query = readOverrides(input)
  if (input.partNumber !== undefined) query.push(['partNumber', String(input.partNumber)])
  return { method, bucket: input.bucket, key: input.key, query, headers, responseBody, maxResponseBytes }
}

/** The query parameters that override the answer's headers. */
export const readOverrides = (input: Overrides): [string, string][] => {
  const query: [string, string][] = []
  for (const [field, name] of overrideFields) {
    const value = input[field]
    if (value !== undefined) query.push([name, value])
  }
  return query
}

/** The single byte ranges that R2 takes (RFC 9110, section 14.1.2). */
const rangeHeader = (range: ByteRange): string => {
  if ('suffix' in range) return `bytes=-${positive(range.suffix, 'range.suffix')}`
  if (!Number.isSafeInteger(range.offset) || range.offset < 0) {
    throw new R2Error('InvalidInput', `range.offset is ${range.offset}; it must be a whole number from 0`, {
      field: 'range.offset',
    })
  }
  if (range.length === undefined) return `bytes=${range.offset}-`
  return `bytes=${range.offset}-${range.offset + positive(range.length, 'range.length') - 1}`
}

const positive = (value: number, field: string): number => {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new R2Error('InvalidInput', `${field} is ${value}; it must be a whole number from 1`, { field })
}
