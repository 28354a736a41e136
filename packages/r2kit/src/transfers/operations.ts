/**
 * The operations that transfers are made of, and nothing else. The client satisfies both interfaces; a model of a server
 * satisfies them in a page of code (`test/support/multipart-model.ts`).
 *
 * The engine passes `singleAttempt` where it owns the retries and resolves unknown outcomes itself. An implementation rejects
 * with `R2Error`: the engine decides by its `code`, `retryable` and `retryAfterMs`.
 */
import type { ObjectChecksum, PartChecksumInput } from '../client/fields/checksum.js'
import type { ObjectMetadata } from '../client/fields/object-metadata.js'
import type { CustomerKey } from '../client/fields/ssec.js'
import type { UploadAddress } from '../client/fields/upload-address.js'
import type { VerifiedBy } from '../client/fields/upload-proof.js'
import type { CompleteMultipartUploadInput } from '../client/multipart/complete-multipart-upload.js'
import type { CreateMultipartUploadInput } from '../client/multipart/create-multipart-upload.js'
import type { GetObjectInput, GetObjectStreamOutput } from '../client/objects/get-object.js'
import type { GetStreamOptions } from '../client/objects/get-stream.js'
import type { HeadObjectInput } from '../client/objects/head-object.js'
import type { PutObjectInput } from '../client/objects/put-object.js'
import type { ReadObjectInput } from '../client/objects/read-object.js'
import { type CallOptions, callerResolvesOutcome, type EngineCallOptions } from '../client/operation.js'
import type { Timeouts } from '../client/timeouts.js'
import type { ListedObject } from '../xml/index.js'

/** Operations on whole objects. */
export interface ObjectOperations {
  /** The metadata of an object, or of one part of it with `partNumber`. Rejects with `ObjectNotFound` for an absent object. */
  head(input: HeadObjectInput, options: CallOptions): Promise<ObjectMetadata>
  /** A whole object in memory. Rejects with `ResponseTooLarge` for an object of more than `maxBytes`. */
  get(input: GetObjectInput, options: CallOptions): Promise<ObjectInMemory>
  /** A range of an object as a stream, with the metadata of the object. The engine resumes it itself: `resume` is false. */
  getStream(input: ReadObjectInput, options: GetStreamOptions): Promise<GetObjectStreamOutput>
  /** Stores an object in one request. */
  put(input: PutInput, options: CallOptions): Promise<StoredObject>
  /** The objects below a prefix, page by page, in the order of their keys' UTF-8 bytes. */
  listAll(input: { readonly bucket: string; readonly prefix: string }, options: CallOptions): ObjectPages
}

/** An object with its bytes, and the values stored with it that can prove them. */
export interface ObjectInMemory {
  /** All bytes of the object. */
  readonly body: Uint8Array
  /** Without quotes. */
  readonly etag: string
  /** The checksum that is stored with the object. */
  readonly checksum?: ObjectChecksum | undefined
}

/** Operations on multipart uploads. */
export interface MultipartOperations {
  /** Creates an upload without parts. */
  create(input: CreateMultipartUploadInput, options: CallOptions): Promise<{ readonly uploadId: string }>
  /** Stores one part, and replaces a part of the same number. */
  uploadPart(input: PartInput, options: CallOptions): Promise<StoredObject>
  /** One page of the parts that are stored, by ascending number. Rejects with `UploadNotFound` for an absent upload. */
  listParts(input: ListPartsQuery, options?: CallOptions): Promise<PartsPage>
  /** Makes the object from its parts, and removes the upload. */
  complete(input: CompleteMultipartUploadInput, options: CallOptions): Promise<StoredObject>
  /** Removes an upload and its parts. Rejects with `UploadNotFound` for an absent upload. */
  abort(input: UploadAddress): Promise<unknown>
}

/** A body that can be sent more than once. */
export interface SizedBody {
  /** Length in bytes of what `open` yields. */
  readonly size: number
  /** Called once per attempt; yields all bytes from the first on. */
  open(): AsyncIterable<Uint8Array>
}

/** An object to store in one request. */
interface PutInput extends Omit<PutObjectInput, 'body' | 'contentLength'> {
  /** All bytes of the object. */
  readonly body: Uint8Array | SizedBody
}

/** A part to store. The engine chooses the check and verifies the response, so `verify` is false. */
interface PartInput extends UploadAddress {
  /** From 1 to 10,000. */
  readonly partNumber: number
  /** All bytes of the part. */
  readonly body: SizedBody
  /** False: the engine verifies the response. */
  readonly verify: false
  /** Compared by the server before it stores the part. */
  readonly checksum?: PartChecksumInput | undefined
  /** Base64 MD5, compared in the same way. */
  readonly contentMd5?: string | undefined
  /** The key of an object that is encrypted with a customer's key. */
  readonly ssec?: CustomerKey | undefined
}

/** An object, or a part, as the server reports it after storing it. */
export interface StoredObject {
  /** Without quotes. */
  readonly etag: string
  /** The checksum that the server stored with the object. */
  readonly checksum?: ObjectChecksum | undefined
  /** Where the server keeps versions. */
  readonly versionId?: string | undefined
  /** The comparison by which the client verified a body that it guarded itself. */
  readonly verifiedBy?: VerifiedBy | undefined
}

/** A list of objects that is fetched page by page. */
interface ObjectPages {
  /** Each iteration lists from the first page on. */
  pages(): AsyncGenerator<{ readonly objects: readonly ListedObject[] }, void>
}

/** One page of an upload's parts. */
interface ListPartsQuery extends UploadAddress {
  /** Only parts with a higher number. @defaultValue 0 */
  readonly partNumberMarker?: number | undefined
  /** Most parts of the page. @defaultValue 1000 */
  readonly maxParts?: number | undefined
}

/** Parts that are stored. */
interface PartsPage {
  readonly parts: readonly { readonly partNumber: number; readonly size: number; readonly etag: string }[]
  /** Whether more parts follow this page. */
  readonly isTruncated: boolean
  /** The marker of the next page. */
  readonly nextPartNumberMarker?: number | undefined
}

/** The transfer that a request belongs to. */
interface RequestControl {
  readonly signal: AbortSignal
  /** Limits of each request that replace those of the client. */
  readonly timeouts: Timeouts | undefined
}

/** Call options for a request that the engine retries, and whose unknown outcome it resolves. */
export const singleAttempt = ({ signal, timeouts }: RequestControl): EngineCallOptions => ({
  signal,
  timeouts,
  maxAttempts: 1,
  [callerResolvesOutcome]: true,
})
