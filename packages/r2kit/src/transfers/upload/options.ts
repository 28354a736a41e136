import type {
  Conditions,
  ObjectAddress,
  ObjectChecksum,
  ObjectDescription,
  TransferOptions,
} from '../../client/index.js'
import type { Body } from '../../http/index.js'
import type { Resumed, TransferJournal } from '../journal/journal.js'

/**
 * What can be uploaded: bytes, text, a Blob, a file by its path (these are read in slices, in parallel, and again where a
 * part is sent again), a Web or Node stream, anything that yields bytes (read once, in order, into buffers of the budget).
 */
export type UploadSource = Body

/** The object to make. */
export interface UploadInput extends ObjectAddress, ObjectDescription, Conditions {
  /** Length of a stream in bytes, where it is known: the part size follows from it, and a source that differs is an error. */
  readonly contentLength?: number
  /** Make the bucket if there is none (R2's own extension). @defaultValue false */
  readonly createBucketIfMissing?: boolean
}

export interface UploadOptions extends TransferOptions {
  /**
   * Size of every part but the last, from 5 MiB to 5 GiB. It grows where 10,000 parts would not suffice for a known length.
   * @defaultValue 10 MiB where the length is known, 16 MiB where it is not (which holds for 156 GiB)
   */
  readonly partSizeBytes?: number
  /**
   * Sources shorter than this go in one request. Streams do so up to one part only, whatever is said here: they cannot be
   * read again. @defaultValue 100 MiB
   */
  readonly thresholdBytes?: number
  /**
   * Longest time in milliseconds that a stream or iterable may keep the upload waiting for its next bytes; then it fails with
   * `SourceStalled`, so that a source which has died gives back the memory it holds of the budget. Slow but moving is never
   * an error, and a source that has given nothing yet holds nothing. `Infinity` is for live streams, which may be silent for
   * as long as they like: what they hold stands in no other transfer's way.
   *
   * @defaultValue 300_000
   */
  readonly sourceTimeoutMs?: number
  /**
   * Where to write down what has arrived, so that the same upload goes on after a crash: `true` for files in the user's
   * home, a folder, or a store of your own. Only sources that can be read again (bytes, Blobs, files) are gone on with.
   * @defaultValue none
   */
  readonly journal?: boolean | string | TransferJournal
  /** Told once when an earlier run is gone on with, before anything is sent. */
  readonly onResume?: ((resumed: Resumed) => void) | undefined
  /**
   * Whether parts of an earlier run are hashed again from the source before they count. `trust` believes size, time of
   * change and inode of a file. @defaultValue 'rehash'
   */
  readonly reusedParts?: 'rehash' | 'trust'
  /** What to do when the source is not the one that an earlier run began with. @defaultValue 'restart' */
  readonly changedSource?: 'restart' | 'error'
  /**
   * What becomes of the parts that have arrived when a transfer with a journal fails or is aborted: `keep` leaves them for the
   * next run, unless they are of no use to it: the source changed while it was read, or a condition does not hold. Without a
   * journal nothing is ever left behind. @defaultValue 'abort'
   */
  readonly onFailure?: 'abort' | 'keep'
}

export interface UploadResult {
  /** Bare. */
  readonly etag: string
  /** Length of the object in bytes. */
  readonly size: number
  /** 1 for an object that went in one request. */
  readonly parts: number
  /** What R2 keeps for the whole object. */
  readonly checksum: ObjectChecksum | undefined
  /** Bytes that an earlier run had sent already. */
  readonly resumedBytes: number
  readonly versionId: string | undefined
}
