/** The answers that are read as a whole: what each operation's document says, and the table that reads it. */
import { checksum, type XmlChecksum } from './checksum.js'
import { errorDocument, errorFromDocument } from './error-document.js'
import { type Owner, owner } from './list-objects.js'
import { boolean, date, etag, integer, maybe, one, type Reader, record, text } from './read.js'
import { filled, inside, many, otherwise } from './read-rarely.js'
import type { XmlLimits } from './scanner.js'
import { readTree } from './tree.js'
import { decodeKeys } from './url-encoding.js'

/**
 * A response's reader. An `<Error>` in its place is thrown as the error it is,
 * because CompleteMultipartUpload and CopyObject may fail after their 200 has been sent.
 */
const response =
  <T>(roots: readonly string[], reader: Reader<T>) =>
  (bytes: Uint8Array, limits?: XmlLimits): T => {
    const document = decodeKeys(readTree(bytes, [...roots, 'Error'], limits))
    if (document.name === 'Error') throw errorFromDocument(errorDocument.read(document))
    return reader.read(document)
  }

export interface ListedBucket {
  readonly name: string
  readonly creationDate: Date
}

/** R2 pages this list; servers that do not send all of it. */
export interface ListBucketsPage {
  readonly buckets: readonly ListedBucket[]
  readonly owner?: Owner | undefined
  readonly isTruncated: boolean
  readonly nextContinuationToken?: string | undefined
}

export const readListBuckets = response(
  ['ListAllMyBucketsResult'],
  record<ListBucketsPage>({
    buckets: inside(
      'Buckets',
      many('Bucket', record<ListedBucket>({ name: one('Name', filled), creationDate: one('CreationDate', date) })),
    ),
    owner: maybe('Owner', owner),
    isTruncated: otherwise(maybe('IsTruncated', boolean), false),
    nextContinuationToken: maybe('NextContinuationToken', text),
  }),
)

export interface ListedPart {
  /** 1 to 10,000. */
  readonly partNumber: number
  /** In bytes. */
  readonly size: number
  /** Bare, without quotes. */
  readonly etag: string
  readonly lastModified: Date
  readonly checksum?: XmlChecksum | undefined
}

export interface ListPartsPage {
  readonly parts: readonly ListedPart[]
  readonly isTruncated: boolean
  readonly nextPartNumberMarker?: number | undefined
  readonly storageClass?: string | undefined
  readonly owner?: Owner | undefined
}

export const readListParts = response(
  ['ListPartsResult'],
  record<ListPartsPage>({
    parts: many(
      'Part',
      record<ListedPart>({
        partNumber: one('PartNumber', integer),
        size: one('Size', integer),
        etag: one('ETag', etag),
        lastModified: one('LastModified', date),
        checksum,
      }),
    ),
    isTruncated: one('IsTruncated', boolean),
    nextPartNumberMarker: maybe('NextPartNumberMarker', integer),
    storageClass: maybe('StorageClass', text),
    owner: maybe('Owner', owner),
  }),
)

export interface ListedUpload {
  readonly key: string
  readonly uploadId: string
  readonly initiated: Date
  readonly storageClass?: string | undefined
  readonly owner?: Owner | undefined
}

export interface ListMultipartUploadsPage {
  readonly uploads: readonly ListedUpload[]
  readonly commonPrefixes: readonly string[]
  readonly isTruncated: boolean
  readonly nextKeyMarker?: string | undefined
  readonly nextUploadIdMarker?: string | undefined
}

export const readListMultipartUploads = response(
  ['ListMultipartUploadsResult'],
  record<ListMultipartUploadsPage>({
    uploads: many(
      'Upload',
      record<ListedUpload>({
        key: one('Key', filled),
        uploadId: one('UploadId', filled),
        initiated: one('Initiated', date),
        storageClass: maybe('StorageClass', text),
        owner: maybe('Owner', owner),
      }),
    ),
    commonPrefixes: many('CommonPrefixes', one('Prefix', text)),
    isTruncated: one('IsTruncated', boolean),
    nextKeyMarker: maybe('NextKeyMarker', text),
    nextUploadIdMarker: maybe('NextUploadIdMarker', text),
  }),
)

/** @example readInitiateMultipartUpload(body).uploadId */
export const readInitiateMultipartUpload = response(
  ['InitiateMultipartUploadResult'],
  record<{ readonly uploadId: string }>({ uploadId: one('UploadId', filled) }),
)

export interface CompleteMultipartUploadResult {
  /** Bare, without quotes. */
  readonly etag: string
  readonly location?: string | undefined
  readonly checksum?: XmlChecksum | undefined
}

export const readCompleteMultipartUpload = response(
  ['CompleteMultipartUploadResult'],
  record<CompleteMultipartUploadResult>({ etag: one('ETag', etag), location: maybe('Location', text), checksum }),
)

export interface CopyResult {
  /** Bare, without quotes. */
  readonly etag: string
  readonly lastModified: Date
  readonly checksum?: XmlChecksum | undefined
}

/** The response to CopyObject, and to UploadPartCopy. */
export const readCopyResult = response(
  ['CopyObjectResult', 'CopyPartResult'],
  record<CopyResult>({ etag: one('ETag', etag), lastModified: one('LastModified', date), checksum }),
)

export interface DeleteResult {
  readonly deleted: readonly string[]
  readonly errors: readonly DeleteFailure[]
}

export interface DeleteFailure {
  readonly key: string
  /** S3's code. */
  readonly code: string
  readonly message?: string | undefined
}

export const readDeleteResult = response(
  ['DeleteResult'],
  record<DeleteResult>({
    deleted: many('Deleted', one('Key', text)),
    errors: many(
      'Error',
      record<DeleteFailure>({ key: one('Key', text), code: one('Code', text), message: maybe('Message', text) }),
    ),
  }),
)

/** The location hint that the bucket was made with; empty where the server says nothing. */
export const readLocationConstraint = response(['LocationConstraint'], text)
