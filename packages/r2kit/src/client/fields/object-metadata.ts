import { clientError } from '../../errors/calls.js'
import { type HeaderFields, headerOf } from '../../http/index.js'
import { decodeMetadataValue, setOwn } from '../../validation/index.js'
import { checksumFrom, type ObjectChecksum } from './checksum.js'
import type { StorageClass } from './description.js'
import { readEtag } from './etag.js'

/** The bytes of an object that a response contains. */
export interface ContentRange {
  /** Position of the first byte. */
  readonly offset: number
  /** Number of bytes. */
  readonly length: number
  /** Size of the whole object in bytes. */
  readonly total: number
}

/** Metadata of an object, as R2 reports it. */
export interface ObjectMetadata {
  /** Size of the whole object in bytes, also where only a range was requested. */
  readonly size: number
  /** ETag without quotes. The MD5 in hex for objects of one PUT; a hash and `-<number of parts>` for multipart objects. */
  readonly etag: string
  /** Time of the last write, in whole seconds. */
  readonly lastModified: Date
  /** Media type; undefined where none was stored. */
  readonly contentType: string | undefined
  /** Rules for caches. */
  readonly cacheControl: string | undefined
  /** Name under which browsers save the object. */
  readonly contentDisposition: string | undefined
  /** Encoding of the stored bytes. */
  readonly contentEncoding: string | undefined
  /** Language of the content. */
  readonly contentLanguage: string | undefined
  /** The `Expires` header as it was stored: a date, or any other text. */
  readonly expires: string | undefined
  /** Metadata of the writer, by lower-case name. */
  readonly metadata: Readonly<Record<string, string>>
  /** Number of metadata entries that R2 omitted because their names are not ASCII, which Workers can store. */
  readonly missingMetadata: number
  /** Storage class. */
  readonly storageClass: StorageClass
  /** Checksum that was stored with the object. */
  readonly checksum: ObjectChecksum | undefined
  /** The bytes that were returned; undefined where neither a range nor a part was requested. */
  readonly contentRange: ContentRange | undefined
  /** Number of parts; undefined unless a part was requested. */
  readonly partsCount: number | undefined
  /** ID of the version; R2 has one version of an object. */
  readonly versionId: string | undefined
  /** Time and lifecycle rule by which the object will be deleted, as R2 writes them. */
  readonly expiration: string | undefined
  /** MD5 of the customer's key in base64, for objects with SSE-C. */
  readonly ssecKeyMd5: string | undefined
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
  /** The server's clock when it responded, in whole seconds. */
  readonly respondedAt: Date | undefined
}

const metadataPrefix = 'x-amz-meta-'

/**
 * Reads metadata from the headers of a response.
 *
 * @param sizeWithoutLength the size where the response has no Content-Length; undefined where that is an error
 * @throws R2Error `InvalidResponse` where a length or date is missing or malformed
 */
export const objectMetadataFrom = (headers: HeaderFields, sizeWithoutLength?: number): ObjectMetadata => {
  const contentRange = contentRangeFrom(headers)
  return {
    size: contentRange?.total ?? contentLengthFrom(headers, sizeWithoutLength),
    etag: readEtag(headers),
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

const contentLengthFrom = (headers: HeaderFields, sizeWithoutLength: number | undefined): number => {
  const text = headerOf(headers, 'content-length')
  if (text === undefined && sizeWithoutLength !== undefined) return sizeWithoutLength
  if (text !== undefined && /^\d+$/.test(text)) return Number(text)
  throw clientError('InvalidResponse', `the response's Content-Length is ${text ?? 'missing'}`, {
    hint: 'Look for a proxy or cache between this client and R2 that changes bodies, for example by compression.',
  })
}

/**
 * Reads dates, and keeps the last one: the responses of one second have the same `Date`, and objects that were written together the
 * same `Last-Modified`.
 */
const dateReader = () => {
  let lastText = ''
  let lastMs = Number.NaN
  return (text = ''): number => {
    if (text !== lastText) {
      lastMs = Date.parse(text)
      lastText = text
    }
    return lastMs
  }
}

const modifiedMsOf = /* @__PURE__ */ dateReader()
const respondedMsOf = /* @__PURE__ */ dateReader()

const dateFrom = (headers: HeaderFields): Date => {
  const text = headerOf(headers, 'last-modified')
  const ms = modifiedMsOf(text)
  if (!Number.isNaN(ms)) return new Date(ms)
  throw clientError(
    'InvalidResponse',
    `the response's Last-Modified is ${text === undefined ? 'missing' : 'not a date'}`,
  )
}

const responseDateFrom = (headers: HeaderFields): Date | undefined => {
  const ms = respondedMsOf(headerOf(headers, 'date'))
  return Number.isNaN(ms) ? undefined : new Date(ms)
}

const contentRangeFrom = (headers: HeaderFields): ContentRange | undefined => {
  const text = headerOf(headers, 'content-range')
  if (text === undefined) return undefined
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(text) ?? []
  const offset = Number(first)
  const length = Number(last) - offset + 1
  if (total !== undefined && length > 0 && offset + length <= Number(total))
    return { offset, length, total: Number(total) }
  throw clientError('InvalidResponse', `the response's Content-Range is ${JSON.stringify(text.slice(0, 80))}`)
}

const optionalNumber = (headers: HeaderFields, name: string): number | undefined => {
  const text = headerOf(headers, name)
  return text === undefined ? undefined : Number(text)
}
