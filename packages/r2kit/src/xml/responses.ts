/** The answers that are read as a whole: what each operation's document says, and the table that reads it. */
import { checksum, type XmlChecksum } from './checksum.js'
import {
  boolean,
  type Codec,
  date,
  etag,
  filledText,
  integer,
  list,
  nested,
  optional,
  record,
  required,
  text,
  withDefault,
} from './codec.js'
import { errorDocumentOf, errorFromDocument } from './error-document.js'
import type { Owner } from './list-objects.js'
import type { XmlLimits } from './scanner.js'
import { readTree } from './tree.js'
import { decodeKeys } from './url-encoding.js'

/**
 * A response's reader. An `<Error>` in its place is thrown as the error it is,
 * because CompleteMultipartUpload and CopyObject may fail after their 200 has been sent.
 */
const response =
  <T>(roots: readonly string[], codec: Codec<T>) =>
  (bytes: Uint8Array, limits?: XmlLimits): T => {
    const document = decodeKeys(readTree(bytes, [...roots, 'Error'], limits))
    if (document.name === 'Error') throw errorFromDocument(errorDocumentOf(document))
    return codec.read(document)
  }

const owner = record<Owner>({ id: optional('ID', text), displayName: optional('DisplayName', text) })

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
    buckets: nested(
      'Buckets',
      list(
        'Bucket',
        record<ListedBucket>({ name: required('Name', filledText), creationDate: required('CreationDate', date) }),
      ),
    ),
    owner: optional('Owner', owner),
    isTruncated: withDefault(optional('IsTruncated', boolean), false),
    nextContinuationToken: optional('NextContinuationToken', text),
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
    parts: list(
      'Part',
      record<ListedPart>({
        partNumber: required('PartNumber', integer),
        size: required('Size', integer),
        etag: required('ETag', etag),
        lastModified: required('LastModified', date),
        checksum,
      }),
    ),
    isTruncated: required('IsTruncated', boolean),
    nextPartNumberMarker: optional('NextPartNumberMarker', integer),
    storageClass: optional('StorageClass', text),
    owner: optional('Owner', owner),
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
    uploads: list(
      'Upload',
      record<ListedUpload>({
        key: required('Key', filledText),
        uploadId: required('UploadId', filledText),
        initiated: required('Initiated', date),
        storageClass: optional('StorageClass', text),
        owner: optional('Owner', owner),
      }),
    ),
    commonPrefixes: list('CommonPrefixes', required('Prefix', text)),
    isTruncated: required('IsTruncated', boolean),
    nextKeyMarker: optional('NextKeyMarker', text),
    nextUploadIdMarker: optional('NextUploadIdMarker', text),
  }),
)

/** @example readInitiateMultipartUpload(body).uploadId */
export const readInitiateMultipartUpload = response(
  ['InitiateMultipartUploadResult'],
  record<{ readonly uploadId: string }>({ uploadId: required('UploadId', filledText) }),
)

export interface CompleteMultipartUploadResult {
  /** Bare, without quotes. */
  readonly etag: string
  readonly location?: string | undefined
  readonly checksum?: XmlChecksum | undefined
}

export const readCompleteMultipartUpload = response(
  ['CompleteMultipartUploadResult'],
  record<CompleteMultipartUploadResult>({
    etag: required('ETag', etag),
    location: optional('Location', text),
    checksum,
  }),
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
  record<CopyResult>({ etag: required('ETag', etag), lastModified: required('LastModified', date), checksum }),
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
    deleted: list('Deleted', required('Key', text)),
    errors: list(
      'Error',
      record<DeleteFailure>({
        key: required('Key', text),
        code: required('Code', text),
        message: optional('Message', text),
      }),
    ),
  }),
)

/** The location hint that the bucket was made with; empty where the server says nothing. */
export const readLocationConstraint = response(['LocationConstraint'], text)
