import { R2Error } from '../../errors/index.js'
import { type HeaderFields, headerOf } from '../../http/index.js'
import { decodeMetadataValue } from '../../validation/index.js'
import { checksumFrom, type ObjectChecksum } from './checksum.js'
import type { StorageClass } from './description.js'
import { bareEtag } from './etag.js'

/** Which bytes of the object a response carries. */
export interface ContentRange {
  readonly offset: number
  readonly length: number
  /** Size of the whole object. */
  readonly total: number
}

/** What R2 reports about an object beside its bytes. */
export interface ObjectMetadata {
  /** Size of the whole object in bytes, also where only a range was requested. */
  readonly size: number
  /** Bare. MD5 in hex for objects of one PUT; a hash of part hashes and `-<parts>` for multipart ones. */
  readonly etag: string
  readonly lastModified: Date
  readonly contentType: string | undefined
  readonly cacheControl: string | undefined
  readonly contentDisposition: string | undefined
  readonly contentEncoding: string | undefined
  readonly contentLanguage: string | undefined
  /** As stored, a date or any other text. */
  readonly expires: string | undefined
  /** The caller's own fields, by lower-case name. */
  readonly metadata: Readonly<Record<string, string>>
  /** How many entries R2 left out because their names are not ASCII (possible through Workers). */
  readonly missingMetadata: number
  readonly storageClass: StorageClass
  readonly checksum: ObjectChecksum | undefined
  /** Present where a range or a part was requested. */
  readonly contentRange: ContentRange | undefined
  /** Number of parts; only where a part was requested. */
  readonly partsCount: number | undefined
  readonly versionId: string | undefined
  /** What lifecycle rule will delete the object, and when, as R2 writes it. */
  readonly expiration: string | undefined
  /** Base64 MD5 of the customer's key, for an SSE-C object. */
  readonly ssecKeyMd5: string | undefined
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
  /** The server's clock when it responded, in whole seconds. */
  readonly respondedAt: Date | undefined
}

const metadataPrefix = 'x-amz-meta-'

/**
 * Reads the headers of a response. Throws `InvalidResponse` where a length or date is missing or malformed.
 *
 * @param sizeWithoutLength the size where no length is announced; undefined where that is an error
 */
export const objectMetadataFrom = (headers: HeaderFields, sizeWithoutLength?: number): ObjectMetadata => {
  const contentRange = contentRangeFrom(headers)
  return {
    size: contentRange?.total ?? contentLengthFrom(headers, sizeWithoutLength),
    etag: bareEtag(headerOf(headers, 'etag') ?? ''),
    lastModified: dateFrom(headers),
    contentType: headerOf(headers, 'content-type'),
    cacheControl: headerOf(headers, 'cache-control'),
    contentDisposition: headerOf(headers, 'content-disposition'),
    contentEncoding: headerOf(headers, 'content-encoding'),
    contentLanguage: headerOf(headers, 'content-language'),
    expires: headerOf(headers, 'expires'),
    metadata: customMetadataFrom(headers),
    missingMetadata: Number(headerOf(headers, 'x-amz-missing-meta') ?? 0),
    storageClass: headerOf(headers, 'x-amz-storage-class') === 'STANDARD_IA' ? 'STANDARD_IA' : 'STANDARD',
    checksum: checksumFrom(headers),
    contentRange,
    partsCount: optionalNumber(headers, 'x-amz-mp-parts-count'),
    versionId: headerOf(headers, 'x-amz-version-id'),
    expiration: headerOf(headers, 'x-amz-expiration'),
    ssecKeyMd5: headerOf(headers, 'x-amz-server-side-encryption-customer-key-md5'),
    requestId: headerOf(headers, 'cf-ray'),
    respondedAt: responseDateFrom(headers),
  }
}

const customMetadataFrom = (headers: HeaderFields): Record<string, string> => {
  const metadata: Record<string, string> = {}
  for (const name in headers) {
    if (name.startsWith(metadataPrefix))
      setOwn(metadata, name.slice(metadataPrefix.length), decodeMetadataValue(headers[name] ?? ''))
  }
  return metadata
}

/** Plain assignment would make `__proto__` something else than a field. */
const setOwn = (record: Record<string, string>, name: string, value: string): void => {
  if (name === '__proto__')
    Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true })
  else record[name] = value
}

const contentLengthFrom = (headers: HeaderFields, sizeWithoutLength: number | undefined): number => {
  const text = headerOf(headers, 'content-length')
  if (text === undefined && sizeWithoutLength !== undefined) return sizeWithoutLength
  if (text !== undefined && /^\d+$/.test(text)) return Number(text)
  throw new R2Error('InvalidResponse', `the response's Content-Length is ${text ?? 'missing'}`, {
    hint: 'A proxy or cache between this client and R2 changes bodies (compression, for example).',
  })
}

const dateFrom = (headers: HeaderFields): Date => {
  const text = headerOf(headers, 'last-modified')
  const date = new Date(text ?? Number.NaN)
  if (!Number.isNaN(date.getTime())) return date
  throw new R2Error(
    'InvalidResponse',
    `the response's Last-Modified is ${text === undefined ? 'missing' : 'not a date'}`,
  )
}

const responseDateFrom = (headers: HeaderFields): Date | undefined => {
  const date = new Date(headerOf(headers, 'date') ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? undefined : date
}

const contentRangeFrom = (headers: HeaderFields): ContentRange | undefined => {
  const text = headerOf(headers, 'content-range')
  if (text === undefined) return undefined
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(text) ?? []
  const offset = Number(first)
  const length = Number(last) - offset + 1
  if (total !== undefined && length > 0 && offset + length <= Number(total))
    return { offset, length, total: Number(total) }
  throw new R2Error('InvalidResponse', `the response's Content-Range is ${JSON.stringify(text.slice(0, 80))}`)
}

const optionalNumber = (headers: HeaderFields, name: string): number | undefined => {
  const text = headerOf(headers, name)
  return text === undefined ? undefined : Number(text)
}
