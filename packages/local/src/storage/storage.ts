/**
 * The storage interface of the operations: buckets, objects and uploads with atomic decisions, and contents of any size. There
 * is one implementation, over an ordered key-value store (memory or LMDB) and a body store (memory or files).
 *
 * Two guarantees: a method that changes something resolves when the change is durable, as far as the option `durable` requires;
 * and a change becomes visible as a whole or not at all, whenever the process is killed.
 */

export interface HttpMetadata {
  readonly contentType?: string
  readonly cacheControl?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly contentLanguage?: string
  /** The text as sent, which R2 returns. */
  readonly expires?: string
}

export type StorageClass = 'STANDARD' | 'STANDARD_IA'
export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'

export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm
  /** Base64. Composite values end in `-<number of parts>`. */
  readonly value: string
  readonly type: 'FULL_OBJECT' | 'COMPOSITE'
}

/** References to bytes. The pieces are opaque outside of `storage`. */
export interface Content {
  readonly size: number
  readonly pieces: readonly Piece[]
}
export type Piece =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'blob'; readonly id: string; readonly offset: number; readonly length: number }

/** The properties that objects and multipart uploads have in common. */
export interface Description {
  readonly httpMetadata: HttpMetadata
  /** By lower-case name without `x-amz-meta-`. The text is decoded from RFC 2047. */
  readonly metadata: Readonly<Record<string, string>>
  readonly storageClass: StorageClass
  /** MD5 of the SSE-C key in base64. The bytes are not encrypted (see quirks.md). */
  readonly ssecKeyMd5?: string
  /** The key as uploaded, if it differs from its NFC form, under which the record is stored. */
  readonly keyAsPut?: string
}

export interface ObjectRecord extends Description {
  readonly content: Content
  /** Without quotes: lower-case hex, followed by `-<number of parts>` for multipart objects. */
  readonly etag: string
  readonly lastModifiedMs: number
  readonly checksum?: StoredChecksum
  /** The part sizes of a multipart object in bytes, for reads with `partNumber`. */
  readonly partSizes?: readonly number[]
}

export interface BucketRecord {
  readonly name: string
  readonly createdMs: number
  /** The location hint of the creation in upper case, or AUTO. */
  readonly location: string
  /** Validated XML documents in our own formatting; undefined if the configuration is not set. */
  readonly cors?: string
  readonly lifecycle?: string
  readonly encryption?: string
}

export interface UploadRecord extends Description {
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
  readonly initiatedMs: number
  readonly checksumAlgorithm?: ChecksumAlgorithm
  readonly checksumType?: 'FULL_OBJECT' | 'COMPOSITE'
}

export interface PartRecord {
  readonly partNumber: number
  readonly content: Content
  readonly etag: string
  readonly lastModifiedMs: number
  readonly checksum?: StoredChecksum
}

export interface ListQuery {
  readonly prefix?: string
  readonly delimiter?: string
  /** Exclusive, in the order of UTF-8 bytes. If it is a common prefix, all keys under it are skipped. */
  readonly startAfter?: string
  /** Of keys and common prefixes together. */
  readonly limit: number
}

/** Of the content, lists have the size only: the pieces would have to be read for each entry. */
export type ListedObject = Omit<ObjectRecord, 'content' | 'partSizes'> & { readonly content: Pick<Content, 'size'> }

export type ListEntry = { readonly key: string; readonly object: ListedObject } | { readonly commonPrefix: string }

export interface ListPage {
  readonly entries: readonly ListEntry[]
  /** `startAfter` of the next page, or undefined on the last page. */
  readonly next: string | undefined
}

export interface UploadListQuery {
  readonly prefix?: string
  readonly delimiter?: string
  readonly keyMarker?: string
  readonly uploadIdMarker?: string
  readonly limit: number
}

export interface UploadListPage {
  readonly entries: readonly ({ readonly upload: UploadRecord } | { readonly commonPrefix: string })[]
  readonly next: { readonly keyMarker: string; readonly uploadIdMarker?: string } | undefined
}

/** Written bytes that no record references yet. The caller must commit them in a record or discard them. */
export interface StagedContent {
  readonly content: Content
  discard(): Promise<void>
}

/**
 * The `decide` functions run within the write transaction. They get the current state and return the new record. If they
 * throw, nothing changes and the method rejects. They must be synchronous.
 */
export interface Storage {
  createBucket(record: BucketRecord): Promise<'created' | 'exists'>
  getBucket(name: string): BucketRecord | undefined
  /** Resolves with undefined if the bucket does not exist. */
  updateBucket(name: string, decide: (current: BucketRecord) => BucketRecord): Promise<BucketRecord | undefined>
  deleteBucket(name: string): Promise<'deleted' | 'not-empty' | 'missing'>
  /** By name. */
  listBuckets(query: { prefix?: string; startAfter?: string }): Iterable<BucketRecord>

  getObject(bucket: string, key: string): ObjectRecord | undefined
  /**
   * Creates or replaces an object. Replaced bytes are removed after their last reader.
   * @throws BucketGone if the bucket does not exist.
   */
  putObject(
    bucket: string,
    key: string,
    decide: (current: ObjectRecord | undefined) => ObjectRecord,
  ): Promise<ObjectRecord>
  /** Deletes objects in one transaction. An object is kept if `decide` returns false. Missing keys are ignored. */
  deleteObjects(
    bucket: string,
    keys: readonly string[],
    decide?: (key: string, current: ObjectRecord) => boolean,
  ): Promise<void>
  /** Skips the keys under a common prefix by one seek: the cost depends on the number of returned entries only. */
  listObjects(bucket: string, query: ListQuery): ListPage

  createUpload(record: UploadRecord): Promise<void>
  getUpload(bucket: string, key: string, uploadId: string): UploadRecord | undefined
  /**
   * Stores a part. The last write of a part number wins. Resolves with false, and discards the part's bytes, if the upload does
   * not exist.
   */
  putPart(upload: UploadRecord, part: PartRecord): Promise<boolean>
  /** By part number, after `partNumberMarker`. */
  listParts(upload: UploadRecord, query?: { partNumberMarker?: number; limit?: number }): readonly PartRecord[]
  listUploads(bucket: string, query: UploadListQuery): UploadListPage
  /**
   * Turns parts into an object in one transaction, without moving bytes. `decide` gets all stored parts. It returns the new
   * record, with the content of the selected parts joined by `joinContent`, or `destroy` to abort the upload, as R2 does if a
   * precondition fails. Resolves with undefined if the upload does not exist.
   */
  completeUpload(
    upload: UploadRecord,
    decide: (parts: readonly PartRecord[], current: ObjectRecord | undefined) => ObjectRecord | 'destroy',
  ): Promise<ObjectRecord | 'destroy' | undefined>
  /** Resolves with false if the upload does not exist. */
  abortUpload(upload: UploadRecord): Promise<boolean>

  /** Writes bytes into storage in constant memory. If the source throws, its bytes are removed. */
  stage(source: AsyncIterable<Uint8Array>): Promise<StagedContent>
  /**
   * Stages the bytes of existing content, or a range of them, without copying.
   * @throws ContentGone if the bytes have been removed.
   */
  share(content: Content, range?: { offset: number; length: number }): StagedContent
  /** Reads bytes in constant memory. They stay readable until the iteration ends, even if the object is deleted. */
  read(content: Content, range?: { offset: number; length: number }): AsyncIterable<Uint8Array>

  /** Waits for writes in flight. Later writes reject with `StorageClosed`. */
  close(): Promise<void>
}
