/** The description of an object — content headers, metadata, storage class, SSE-C key — in requests and in responses. */
import { decodeMetadataValue, encodeMetadataValue, metadataSize } from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'
import { encodeHeader, httpDate, type RequestHeaders } from '../http/header-values.js'
import type { Description, HttpMetadata, ObjectRecord, StorageClass } from '../storage/index.js'
import { customerKeyHeaders, readCustomerKey } from './customer-key.js'

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

/** @throws S3Error `MetadataTooLarge`, `InvalidStorageClass`, and the errors of `readCustomerKey` */
export const readDescription = (headers: RequestHeaders): Description => {
  const ssecKeyMd5 = readCustomerKey(headers, 'object')
  return {
    httpMetadata: readHttpMetadata(headers),
    metadata: readMetadata(headers),
    storageClass: readStorageClass(headers['x-amz-storage-class']),
    ...(ssecKeyMd5 === undefined ? {} : { ssecKeyMd5 }),
  }
}

const readHttpMetadata = (headers: RequestHeaders): HttpMetadata => {
  const found: Partial<Record<keyof HttpMetadata, string>> = {}
  for (const [field, name] of httpFields) {
    const value = field === 'contentEncoding' ? storedEncoding(headers[name]) : headers[name]
    if (value !== undefined) found[field] = value
  }
  return found
}

/** Without `aws-chunked`, which describes the transfer and not the object: AWS removes it before it stores the object. */
const storedEncoding = (value: string | undefined): string | undefined => {
  if (value === undefined || !value.includes('aws-chunked')) return value
  const codings = value.split(',').map((coding) => coding.trim())
  return codings.filter((coding) => coding !== 'aws-chunked').join(',') || undefined
}

const readStorageClass = (text: string | undefined): StorageClass => {
  if (text === undefined) return 'STANDARD'
  if (text === 'STANDARD' || text === 'STANDARD_IA') return text
  throw new S3Error('InvalidStorageClass')
}

const readMetadata = (headers: RequestHeaders): Readonly<Record<string, string>> => {
  const entries: [string, string][] = []
  for (const name in headers) {
    if (name.startsWith(metadataPrefix)) {
      entries.push([name.slice(metadataPrefix.length), decodeMetadataValue(headers[name] ?? '')])
    }
  }
  if (entries.length === 0) return noMetadata
  // Assignment would break on a field named `__proto__`.
  const metadata = Object.fromEntries(entries)
  if (metadataSize(metadata) > maxMetadataBytes) throw new S3Error('MetadataTooLarge')
  return metadata
}

const noMetadata: Readonly<Record<string, string>> = {}

const printableAscii = /^[\x21-\x7e]+$/

/** The headers that describe an object in responses to GET and HEAD, 304 included. */
export const objectHeaders = (object: ObjectRecord): Record<string, string> => {
  const headers: Record<string, string> = {
    'content-type': 'application/octet-stream',
    etag: `"${object.etag}"`,
    'last-modified': httpDate(object.lastModifiedMs),
    'accept-ranges': 'bytes',
  }
  for (const [field, name] of httpFields) {
    const value = object.httpMetadata[field]
    if (value !== undefined) headers[name] = encodeHeader(value)
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
