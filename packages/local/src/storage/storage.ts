/**
 * What the server's operations need of storage: buckets, objects and uploads with atomic decisions, and bodies of any size.
 * One implementation over an ordered key-value table (memory or LMDB) and a body store (memory or files).
 *
 * Two promises: a method that returns a promise of a change resolves when the change is durable (as far as the server was
 * told to be), and nothing that was not promised is ever visible, whenever the process is killed.
 */

export interface HttpMetadata {
  readonly contentType?: string
  readonly cacheControl?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly contentLanguage?: string
  /** As sent: R2 gives the text back. */
  readonly expires?: string
}

export type StorageClass = 'STANDARD' | 'STANDARD_IA'
export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'

export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm
  /** Base64; composite values end in `-<parts>`. */
  readonly value: string
  readonly type: 'FULL_OBJECT' | 'COMPOSITE'
}

/** Where bytes are. Opaque outside of this room. */
export interface Content {
  readonly size: number
  readonly pieces: readonly Piece[]
}
export type Piece =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'blob'; readonly id: string; readonly offset: number; readonly length: number }

/** What is stored beside the bytes, common to objects and to uploads that will become one. */
export interface Description {
  readonly httpMetadata: HttpMetadata
  /** Decoded text (RFC 2047 is undone), by lower-case name without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>
  readonly storageClass: StorageClass
  /** SSE-C: base64 MD5 of the customer's key; the bytes themselves are not encrypted (see quirks.md). */
  readonly ssecKeyMd5?: string
  /** The key as it was sent, where its NFC form, under which it is stored, differs. */
  readonly keyAsPut?: string
}

export interface ObjectRecord extends Description {
  readonly content: Content
  /** Bare, lower-case hex, `-<parts>` for multipart. */
  readonly etag: string
  readonly lastModifiedMs: number
  readonly checksum?: StoredChecksum
  /** Part sizes of a multipart object, for `partNumber` reads. */
  readonly partSizes?: readonly number[]
}

export interface BucketRecord {
  readonly name: string
  readonly createdMs: number
  /** The hint given at creation, upper case, or AUTO. */
  readonly location: string
  /** The XML document of each configuration, validated and in our own writing; undefined when none is set. */
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
  /** Exclusive: the first entry comes after this key, in the order of UTF-8 bytes. A common prefix here skips all under it. */
  readonly startAfter?: string
  /** Keys and common prefixes together. */
  readonly limit: number
}

/** A list knows how large an object is, not where its bytes are: that would have to be read for every entry. */
export type ListedObject = Omit<ObjectRecord, 'content' | 'partSizes'> & { readonly content: Pick<Content, 'size'> }

export type ListEntry = { readonly key: string; readonly object: ListedObject } | { readonly commonPrefix: string }

export interface ListPage {
  readonly entries: readonly ListEntry[]
  /** Where the next page starts (its `startAfter`), or undefined at the end. */
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

/** Bytes that have been written and belong to nothing yet: commit them in a record, or discard them. */
export interface StagedContent {
  readonly content: Content
  discard(): Promise<void>
}

/**
 * A decision is made inside the write transaction: it sees the present state and returns the new record, or throws, and
 * then nothing changes. It must not wait for anything.
 */
export interface Storage {
  createBucket(record: BucketRecord): Promise<'created' | 'exists'>
  getBucket(name: string): BucketRecord | undefined
  /** Undefined when there is no such bucket. */
  updateBucket(name: string, decide: (current: BucketRecord) => BucketRecord): Promise<BucketRecord | undefined>
  deleteBucket(name: string): Promise<'deleted' | 'not-empty' | 'missing'>
  /** In the order of names. */
  listBuckets(query: { prefix?: string; startAfter?: string }): Iterable<BucketRecord>

  getObject(bucket: string, key: string): ObjectRecord | undefined
  /** Throws `BucketGone` if the bucket vanished meanwhile. Frees the bytes that are replaced once no reader needs them. */
  putObject(
    bucket: string,
    key: string,
    decide: (current: ObjectRecord | undefined) => ObjectRecord,
  ): Promise<ObjectRecord>
  /** All of one request in one transaction. `decide` false keeps an object. Missing keys are fine. */
  deleteObjects(
    bucket: string,
    keys: readonly string[],
    decide?: (key: string, current: ObjectRecord) => boolean,
  ): Promise<void>
  /** Skips over common prefixes by seeking: its cost grows with what is returned, not with what is stored. */
  listObjects(bucket: string, query: ListQuery): ListPage

  createUpload(record: UploadRecord): Promise<void>
  getUpload(bucket: string, key: string, uploadId: string): UploadRecord | undefined
  /** False when the upload has gone meanwhile; the part's bytes are then discarded. Last write of a number wins. */
  putPart(upload: UploadRecord, part: PartRecord): Promise<boolean>
  /** In the order of numbers, after `partNumberMarker`. */
  listParts(upload: UploadRecord, query?: { partNumberMarker?: number; limit?: number }): readonly PartRecord[]
  listUploads(bucket: string, query: UploadListQuery): UploadListPage
  /**
   * Turns parts into the object in one transaction; moves no bytes. `decide` gets all parts there are; it returns the new
   * record (whose content is made of the parts it chose with `joinContent`) or throws, or returns `destroy` to abort the
   * upload (a failed precondition does that on R2). Undefined when the upload is gone.
   */
  completeUpload(
    upload: UploadRecord,
    decide: (parts: readonly PartRecord[], current: ObjectRecord | undefined) => ObjectRecord | 'destroy',
  ): Promise<ObjectRecord | 'destroy' | undefined>
  /** False when there is no such upload. */
  abortUpload(upload: UploadRecord): Promise<boolean>

  /** Streams a body into storage in constant memory; small ones stay inline. A source that throws leaves nothing behind. */
  stage(source: AsyncIterable<Uint8Array>): Promise<StagedContent>
  /** Content that shares the bytes of `content` (copy without moving bytes). The whole, or a range of it. */
  share(content: Content, range?: { offset: number; length: number }): StagedContent
  /** Yields the bytes, in constant memory. The bytes stay readable until the iteration ends, even if the object is deleted. */
  read(content: Content, range?: { offset: number; length: number }): AsyncIterable<Uint8Array>

  close(): Promise<void>
}

/** One content of several, in order. */
export const joinContent = (contents: readonly Content[]): Content => ({
  size: contents.reduce((sum, content) => sum + content.size, 0),
  pieces: contents.flatMap((content) => content.pieces),
})
