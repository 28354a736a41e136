/** Source, input, options and result of an upload: their types, and the check of what callers pass. */

import { checkChoice } from '../../client/fields/check-integrity.js'
import type { ChecksumInput, ObjectChecksum } from '../../client/fields/checksum.js'
import { checksumField } from '../../client/fields/checksum-field.js'
import { writeConditionFields } from '../../client/fields/conditions.js'
import { checkDescription, descriptionFields } from '../../client/fields/description.js'
import { type Integrity, integrityField } from '../../client/fields/integrity.js'
import { checkObject, objectAddressFields } from '../../client/fields/object-address.js'
import { checkChecksumValue, checkContentMd5 } from '../../client/fields/sent-checksum.js'
import type { VerifiedBy } from '../../client/fields/upload-proof.js'
import type { PutObjectInput } from '../../client/objects/put-object.js'
import type { Body } from '../../http/index.js'
import {
  anyText,
  callback,
  duration,
  flag,
  integer,
  objectOf,
  oneOf,
  partSizeBytesMax,
  refuseInput,
} from '../../validation/index.js'
import { type ReadArguments, type TransferOptions, transferOptionFields } from '../handle/options.js'
import { journalField, type Resumed, type TransferJournal } from '../journal.js'

/**
 * The bytes of an upload.
 *
 * - Bytes, Blobs and files (`{ path }`) are read in slices, in parallel, and again where a part is retried.
 * - Web streams, Node streams and iterables of Uint8Arrays are read once, in order, into buffers of the memory budget.
 *
 * A string is refused, because it could be a path as well as the content: pass `{ path }`, or encode the text.
 */
export type UploadSource = Exclude<Body, string>

/** The object to make: the fields of `objects.put` without its body. */
export interface UploadInput extends Omit<PutObjectInput, 'body' | 'contentLength'> {
  /**
   * Length of the source in bytes. Needed only for a stream, where it determines the part size; a source of another length
   * fails with `SourceFailed`. @defaultValue the source's own length; unknown for streams
   */
  readonly contentLength?: number | undefined
  /**
   * Base64 MD5 of all bytes, for R2 to verify. Possible in a single PUT only: R2 has no MD5 of a multipart object.
   * @defaultValue none
   */
  readonly contentMd5?: string | undefined
  /**
   * A checksum of all bytes, for R2 to verify and store. CRC64NVME works for any upload; the other algorithms only in a single
   * PUT. @defaultValue that of `integrity`
   */
  readonly checksum?: ChecksumInput | undefined
  /**
   * The checksum that guards the upload and is stored with the object. R2 compares it, part by part, before it stores anything. A
   * multipart upload cannot use `sha1` and `sha256`. Not beside `checksum` and `contentMd5`. @defaultValue that of the client:
   * `crc32`
   */
  readonly integrity?: Integrity | undefined
}

/** Options of `r2.transfers.upload`. */
export interface UploadOptions extends TransferOptions {
  /**
   * Size in bytes of every part but the last, from 5 MiB to 5 GiB less 5 MiB. It is raised where 10,000 parts of this size would not hold
   * a known length. @defaultValue 10_485_760 (10 MiB) for a known length; 16_777_216 (16 MiB) for an unknown one, which
   * holds 156 GiB
   */
  readonly partSizeBytes?: number | undefined
  /**
   * Shortest source in bytes that is uploaded in parts; shorter ones go in a single PUT. Streams go in a single PUT only up to
   * the size of one part, whatever the threshold, because they cannot be read again. At most 5 GiB less 5 MiB.
   * @defaultValue 104_857_600 (100 MiB)
   */
  readonly thresholdBytes?: number | undefined
  /**
   * Longest time in milliseconds that a stream or iterable may take for its next bytes. After that the upload fails with
   * `SourceStalled` and releases its memory. A source that is slow but yields bytes is no error, and one that has yielded none
   * holds no memory. With `Infinity`, for live streams with pauses of any length, the buffered bytes of the upload block no
   * other transfer. @defaultValue 300_000
   */
  readonly sourceTimeoutMs?: number | undefined
  /**
   * Where to record the parts that have arrived, so that the same upload resumes after a crash: `true` for files in the user's
   * home folder, the path of a folder, or a store of your own. Only re-readable sources (bytes, Blobs, files) can be resumed.
   * @defaultValue none
   */
  readonly journal?: boolean | string | TransferJournal | undefined
  /** Called once when an earlier run is resumed, before anything is sent. @defaultValue none */
  readonly onResume?: ((resumed: Resumed) => void) | undefined
  /**
   * How parts of an earlier run are checked before they count: `rehash` reads and hashes them again; `trust` accepts a file of
   * the same size, modification time and inode. @defaultValue 'rehash'
   */
  readonly reusedParts?: 'rehash' | 'trust' | undefined
  /**
   * What to do when the source is not the one of the earlier run: `restart` aborts that run and uploads everything; `error`
   * fails with `SourceChanged`. @defaultValue 'restart'
   */
  readonly changedSource?: 'restart' | 'error' | undefined
  /**
   * What happens to the arrived parts when an upload with a journal fails or is aborted: `keep` leaves them for the next run,
   * unless that run could not use them (the source changed while it was read, or a condition does not hold). Without a journal
   * nothing is left behind in any case. @defaultValue 'abort'
   */
  readonly onFailure?: 'abort' | 'keep' | undefined
  /**
   * Called when all bytes are known, and awaited before they become an object: before the parts are completed, or before the
   * last bytes of a single PUT are sent. A rejection aborts the upload, which fails with the same error. Use it to check
   * whether the producer of a stream succeeded: a process that fails half-way only ends its output early. @defaultValue none
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

/** An upload whose bytes are about to become an object. */
export interface CompletingUpload {
  /** Length of the object in bytes. */
  readonly bytes: number
  /** Number of parts; 1 for a single PUT. */
  readonly parts: number
}

/** The result of an upload. */
export interface UploadResult {
  /** ETag of the object, without quotes. */
  readonly etag: string
  /** Length of the object in bytes. */
  readonly size: number
  /** Number of parts; 1 for a single PUT. */
  readonly parts: number
  /** The checksum that R2 stored with the whole object; undefined where it stored none. */
  readonly checksum: ObjectChecksum | undefined
  /** Bytes that were reused from an earlier run. */
  readonly resumedBytes: number
  /** Version of the object, on servers that keep versions; R2 does not. */
  readonly versionId: string | undefined
  /**
   * The comparison that showed that R2 stored these bytes: a checksum that it returned, or the MD5 in ETags. Undefined with
   * `integrity: 'none'`, and on servers that return neither.
   */
  readonly verifiedBy: VerifiedBy | undefined
}

const uploadInputField = objectOf<UploadInput>('an upload', {
  ...objectAddressFields,
  ...descriptionFields,
  ...writeConditionFields,
  contentLength: integer(0),
  contentMd5: anyText,
  checksum: checksumField,
  createBucketIfMissing: flag,
  integrity: integrityField,
  verify: flag,
})

const uploadOptionsField = objectOf<UploadOptions>(
  "an upload's options",
  {
    ...transferOptionFields,
    partSizeBytes: integer(1),
    thresholdBytes: integer(1, partSizeBytesMax),
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

/** Checks the arguments of an upload. */
export const readUpload: ReadArguments<UploadInput, UploadOptions> = (given, rules) => {
  const input = uploadInputField.read(given.input, '', refuseInput)
  checkObject(input, rules)
  checkDescription(input, rules)
  checkIntegrity(input)
  return { input, options: uploadOptionsField.read(given.options, '', refuseInput) }
}

/** Checks before the source is opened what a request would be rejected for. */
const checkIntegrity = (input: UploadInput): void => {
  checkChoice(input)
  const { checksum, contentMd5 } = input
  if (checksum?.value !== undefined) checkChecksumValue(checksum.algorithm, checksum.value)
  if (contentMd5 !== undefined) checkContentMd5(contentMd5)
}
