/** Responses that are read as a whole: the fields of each document, and the table that reads it. */
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
import { type ErrorDocument, errorFromDocument } from './error-document.js'
import type { Owner } from './list-objects.js'
import type { XmlLimits } from './scanner.js'
import { readTree, textOf, type XmlNode } from './tree.js'
import { decodeKeys } from './url-encoding.js'
import { optionalText, requiredChild } from './values.js'

/**
 * Makes the reader of a response. An `<Error>` document in its place is thrown as an error, because CompleteMultipartUpload and
 * CopyObject may fail after they have sent the status 200.
 */
const response =
  <T>(roots: readonly string[], codec: Codec<T>) =>
  (bytes: Uint8Array, limits?: XmlLimits): T => {
    const document = decodeKeys(readTree(bytes, [...roots, 'Error'], limits))
    if (document.name === 'Error') throw errorFromDocument(errorDocumentOf(document))
    return codec.read(document)
  }

const errorDocumentOf = (root: XmlNode): ErrorDocument => ({
  code: textOf(requiredChild(root, 'Code')),
  message: optionalText(root, 'Message'),
  requestId: optionalText(root, 'RequestId'),
})

const owner = record<Owner>({ id: optional('ID', text), displayName: optional('DisplayName', text) })

/** A bucket in a list. */
export interface ListedBucket {
  /** Name of the bucket. */
  readonly name: string
  /** Time of creation. */
  readonly creationDate: Date
}

/** One page of a list of buckets. Servers without paging send the whole list. */
export interface ListBucketsPage {
  /** Buckets in the order of their names. */
  readonly buckets: readonly ListedBucket[]
  /** Owner of the buckets. */
  readonly owner?: Owner | undefined
  /** Whether another page follows. */
  readonly isTruncated: boolean
  /** Token for the request of the next page. */
  readonly nextContinuationToken?: string | undefined
}

/** Reads the response to ListBuckets. */
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

/** A part in a list. */
export interface ListedPart {
  /** Number of the part, from 1 to 10,000. */
  readonly partNumber: number
  /** Size in bytes. */
  readonly size: number
  /** ETag without quotes. */
  readonly etag: string
  /** Time of the upload. */
  readonly lastModified: Date
  /** Checksum, if the part was uploaded with one. */
  readonly checksum?: XmlChecksum | undefined
}

/** One page of a list of parts. */
export interface ListPartsPage {
  /** Parts in the order of their numbers. */
  readonly parts: readonly ListedPart[]
  /** Whether another page follows. */
  readonly isTruncated: boolean
  /** Part number after which the next page begins. */
  readonly nextPartNumberMarker?: number | undefined
  /** Storage class of the object. */
  readonly storageClass?: string | undefined
  /** Owner of the upload. */
  readonly owner?: Owner | undefined
}

/** Reads the response to ListParts. */
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

/** An unfinished upload in a list. */
export interface ListedUpload {
  /** Key of the object. */
  readonly key: string
  /** ID of the upload. */
  readonly uploadId: string
  /** Time at which the upload was created. */
  readonly initiated: Date
  /** Storage class of the object. */
  readonly storageClass?: string | undefined
  /** Owner of the upload. */
  readonly owner?: Owner | undefined
}

/** One page of a list of unfinished uploads. */
export interface ListMultipartUploadsPage {
  /** Uploads in the order of their keys. */
  readonly uploads: readonly ListedUpload[]
  /** Prefixes up to the delimiter, which several keys share. */
  readonly commonPrefixes: readonly string[]
  /** Whether another page follows. */
  readonly isTruncated: boolean
  /** Key after which the next page begins. */
  readonly nextKeyMarker?: string | undefined
  /** Upload ID after which the next page begins. */
  readonly nextUploadIdMarker?: string | undefined
}

/** Reads the response to ListMultipartUploads. */
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

/** Reads the response to CreateMultipartUpload. @example readInitiateMultipartUpload(body).uploadId */
export const readInitiateMultipartUpload = response(
  ['InitiateMultipartUploadResult'],
  record<{ readonly uploadId: string }>({ uploadId: required('UploadId', filledText) }),
)

/** The object that CompleteMultipartUpload made. */
export interface CompleteMultipartUploadResult {
  /** ETag without quotes. */
  readonly etag: string
  /** URL of the object. */
  readonly location?: string | undefined
  /** Checksum of the object, if R2 computed one. */
  readonly checksum?: XmlChecksum | undefined
}

/** Reads the response to CompleteMultipartUpload. */
export const readCompleteMultipartUpload = response(
  ['CompleteMultipartUploadResult'],
  record<CompleteMultipartUploadResult>({
    etag: required('ETag', etag),
    location: optional('Location', text),
    checksum,
  }),
)

/** The object or part that a copy made. */
export interface CopyResult {
  /** ETag without quotes. */
  readonly etag: string
  /** Time of the copy. */
  readonly lastModified: Date
  /** Checksum of the copy, if R2 computed one. */
  readonly checksum?: XmlChecksum | undefined
}

/** Reads the response to CopyObject or UploadPartCopy. */
export const readCopyResult = response(
  ['CopyObjectResult', 'CopyPartResult'],
  record<CopyResult>({ etag: required('ETag', etag), lastModified: required('LastModified', date), checksum }),
)

/** The result of DeleteObjects. */
export interface DeleteResult {
  /** Keys of the deleted objects. */
  readonly deleted: readonly string[]
  /** Keys that could not be deleted, with the reasons. */
  readonly errors: readonly DeleteFailure[]
}

/** A key that DeleteObjects could not delete. */
export interface DeleteFailure {
  /** Key of the object. */
  readonly key: string
  /** S3's code: `AccessDenied`. */
  readonly code: string
  /** Message of the server. */
  readonly message?: string | undefined
}

/** Reads the response to DeleteObjects. */
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

/** Reads the location hint of a bucket; empty if the server sends none. */
export const readLocationConstraint = response(['LocationConstraint'], text)
