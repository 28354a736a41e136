/** What a write says of an object beside its bytes, and how a read says it again. */
import { decodeMetadataValue, encodeMetadataValue, metadataSize } from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'
import { headerOfText } from '../http/header-text.js'
import type { Description, HttpMetadata, ObjectRecord } from '../storage/index.js'
import { customerKeyHeaders, readCustomerKey } from './customer-key.js'
import { readStorageClass } from './storage-class.js'

type Headers = Readonly<Record<string, string | undefined>>

const httpFields = [
  ['contentType', 'content-type'],
  ['cacheControl', 'cache-control'],
  ['contentDisposition', 'content-disposition'],
  ['contentEncoding', 'content-encoding'],
  ['contentLanguage', 'content-language'],
  ['expires', 'expires'],
] as const satisfies readonly (readonly [keyof HttpMetadata, string])[]

const metadataPrefix = 'x-amz-meta-'
const maxMetadataBytes = 8192

/** @throws S3Error MetadataTooLarge, InvalidStorageClass, or what a customer's key may be refused for. */
export const readDescription = (headers: Headers): Description => {
  const ssecKeyMd5 = readCustomerKey(headers, 'object')
  return {
    httpMetadata: readHttpMetadata(headers),
    metadata: readMetadata(headers),
    storageClass: readStorageClass(headers['x-amz-storage-class']) ?? 'STANDARD',
    ...(ssecKeyMd5 === undefined ? {} : { ssecKeyMd5 }),
  }
}

const readHttpMetadata = (headers: Headers): HttpMetadata => {
  const found: Partial<Record<keyof HttpMetadata, string>> = {}
  for (const [field, name] of httpFields) {
    const value = field === 'contentEncoding' ? storedEncoding(headers[name]) : headers[name]
    if (value !== undefined) found[field] = value
  }
  return found
}

/** `aws-chunked` belongs to the transfer, not to the object (AWS: it is removed before the object is stored). */
const storedEncoding = (value: string | undefined): string | undefined => {
  if (value === undefined || !value.includes('aws-chunked')) return value
  const codings = value.split(',').map((coding) => coding.trim())
  return codings.filter((coding) => coding !== 'aws-chunked').join(',') || undefined
}

const readMetadata = (headers: Headers): Readonly<Record<string, string>> => {
  const entries: [string, string][] = []
  for (const name in headers) {
    if (name.startsWith(metadataPrefix)) {
      entries.push([name.slice(metadataPrefix.length), decodeMetadataValue(headers[name] ?? '')])
    }
  }
  if (entries.length === 0) return none
  // Not by assignment: a field may be called `__proto__`.
  const metadata = Object.fromEntries(entries)
  if (metadataSize(metadata) > maxMetadataBytes) throw new S3Error('MetadataTooLarge')
  return metadata
}

const none: Readonly<Record<string, string>> = {}

const printableAscii = /^[\x21-\x7e]+$/

/** The header fields of an object, for GET, HEAD and 304. */
export const objectHeaders = (object: ObjectRecord): Record<string, string> => {
  const headers: Record<string, string> = {
    'content-type': 'application/octet-stream',
    etag: `"${object.etag}"`,
    'last-modified': httpDate(object.lastModifiedMs),
    'accept-ranges': 'bytes',
  }
  for (const [field, name] of httpFields) {
    const value = object.httpMetadata[field]
    if (value !== undefined) headers[name] = headerOfText(value)
  }
  let missing = 0
  for (const name in object.metadata) {
    if (printableAscii.test(name)) headers[metadataPrefix + name] = encodeMetadataValue(object.metadata[name] ?? '')
    else missing++
  }
  if (missing > 0) headers['x-amz-missing-meta'] = String(missing)
  if (object.storageClass !== 'STANDARD') headers['x-amz-storage-class'] = object.storageClass
  return object.ssecKeyMd5 === undefined ? headers : { ...headers, ...customerKeyHeaders(object.ssecKeyMd5) }
}

let lastSecond = Number.NaN
let lastDate = ''

/** An HTTP date (RFC 9110, 5.6.7). Most answers of a second carry the same one. */
export const httpDate = (timeMs: number): string => {
  const second = Math.floor(timeMs / 1000)
  if (second !== lastSecond) {
    lastDate = new Date(timeMs).toUTCString()
    lastSecond = second
  }
  return lastDate
}
