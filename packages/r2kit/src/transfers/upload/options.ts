import type { ChecksumInput, ObjectChecksum } from '../../client/fields/checksum.js'
import { checksumField } from '../../client/fields/checksum.js'
import { writeConditionFields } from '../../client/fields/conditions.js'
import { descriptionFields } from '../../client/fields/description.js'
import { objectAddressFields } from '../../client/fields/object-address.js'
import type { PutObjectInput } from '../../client/objects/put-object.js'
import type { Body } from '../../http/index.js'
import { anyText, callback, duration, flag, integer, objectOf, oneOf } from '../../validation/index.js'
import type { TransferOptions } from '../handle/transfer.js'
import { transferOptionFields } from '../handle/transfer.js'
import { journalField, type Resumed, type TransferJournal } from '../journal.js'
import { singlePutBytesMax } from './part-plan.js'

/**
 * What can be uploaded: bytes, a Blob, a file by its path (these are read in slices, in parallel, and again where a part is
 * sent again), a Web or Node stream, anything that yields bytes (read once, in order, into buffers of the budget). Not a
 * string, which could be a path or the content: pass `{ path }`, or encode the text.
 */
export type UploadSource = Exclude<Body, string>

/** The object to make: what `objects.put` takes, without its body. */
export interface UploadInput extends Omit<PutObjectInput, 'body' | 'contentLength'> {
  /** Length of a stream in bytes, where it is known: the part size follows from it, and a source that differs is an error. */
  readonly contentLength?: number
  /** Base64 MD5 of all bytes. Possible where they go in one request; R2 has none for an object of parts. */
  readonly contentMd5?: string
  /** A checksum of all bytes. CRC64NVME is compared with that of the parts; the others need an upload in one request. */
  readonly checksum?: ChecksumInput
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
   * Longest time in milliseconds that a stream or iterable may take to yield its next bytes; then the upload fails with
   * `SourceStalled` and releases the memory it holds of the budget. A slow source that yields bytes is never an error, and one
   * that has yielded none holds no memory. `Infinity` is for live streams with pauses of any length: the memory that they hold
   * blocks no other transfer.
   *
   * @defaultValue 300_000
   */
  readonly sourceTimeoutMs?: number
  /**
   * Where to record which parts have arrived, so that the same upload resumes after a crash: `true` for files in the user's
   * home, a folder, or a store of your own. Only re-readable sources (bytes, Blobs, files) can be resumed.
   * @defaultValue none
   */
  readonly journal?: boolean | string | TransferJournal
  /** Called once when an earlier run is resumed, before anything is sent. */
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
  /**
   * Called when all bytes are known, and awaited before they become an object: before the parts are completed, or before the
   * last bytes of an upload in one request are sent. A rejection aborts the upload, which fails with it. The place to learn
   * whether the producer of a stream succeeded: a process that fails half-way only ends its output early.
   *
   * @example
   * const dump = spawn('pg_dump', ['shop'])
   * const exit = once(dump, 'exit')
   * await r2.transfers.upload(dump.stdout, { bucket, key }, {
   *   beforeComplete: async () => {
   *     const [code] = await exit
   *     if (code !== 0) throw new Error(`pg_dump failed with exit code ${code}`)
   *   },
   * })
   */
  readonly beforeComplete?: ((upload: CompletingUpload) => void | Promise<void>) | undefined
}

/** What is about to become an object. */
export interface CompletingUpload {
  /** Length of the object in bytes. */
  readonly bytes: number
  /** 1 for an object that goes in one request. */
  readonly parts: number
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

export const uploadInputField = objectOf<UploadInput>('an upload', {
  ...objectAddressFields,
  ...descriptionFields,
  ...writeConditionFields,
  contentLength: integer(0),
  contentMd5: anyText,
  checksum: checksumField,
  createBucketIfMissing: flag,
  verify: flag,
})

export const uploadOptionsField = objectOf<UploadOptions>(
  "an upload's options",
  {
    ...transferOptionFields,
    partSizeBytes: integer(1),
    thresholdBytes: integer(1, singlePutBytesMax),
    sourceTimeoutMs: duration,
    journal: journalField,
    onResume: callback<(resumed: Resumed) => void>(),
    reusedParts: oneOf('rehash', 'trust'),
    changedSource: oneOf('restart', 'error'),
    onFailure: oneOf('abort', 'keep'),
    beforeComplete: callback<NonNullable<UploadOptions['beforeComplete']>>(),
  },
  { argument: 'options' },
)
