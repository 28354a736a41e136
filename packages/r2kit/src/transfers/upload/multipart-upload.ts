/** An object in parts, sent in parallel: from the first to the last, or from where an earlier run stopped. */
import { onAbort } from '../../base/abort.js'
import type { Clock, Timer } from '../../base/clock.js'
import { abortError, isR2Error, mayHaveActed, R2Error } from '../../errors/index.js'
import { singleAttempt } from '../context.js'
import { cleanUpUpload } from './clean-up.js'
import { completeUpload, isRefusal } from './complete-upload.js'
import { InFlight } from './in-flight.js'
import { type OpenUpload, patiently, type UploadJob } from './job.js'
import type { UploadResult } from './options.js'
import { PartList, type UploadedPart } from './part-list.js'
import type { UploadJournal } from './upload-journal.js'

/** An upload in progress, whatever its kind of source. */
export class MultipartUpload {
  readonly job: UploadJob
  readonly upload: OpenUpload
  readonly inFlight: InFlight
  readonly #journal: UploadJournal | undefined
  readonly #parts = new PartList()
  #resumedBytes = 0

  constructor(job: UploadJob, upload: OpenUpload, journal?: UploadJournal) {
    this.job = job
    this.upload = upload
    this.#journal = journal
    this.inFlight = new InFlight(job.context.limit.max, (error) => job.control.fail(error))
  }

  /** A part counts once it has arrived and that is written down. */
  async arrived(part: UploadedPart): Promise<void> {
    await this.#journal?.arrived(part)
    this.#parts.add(part)
    this.job.control.meter.partDone()
  }

  reused(part: UploadedPart): void {
    this.#parts.add(part)
    this.#resumedBytes += part.length
    this.job.watch.mark()
    this.job.control.meter.partResumed(part.length)
  }

  /**
   * Sends what `sendAll` launches, waits for it and completes the upload. The first failure stops everything else; then, with
   * no part in flight, the upload is aborted.
   *
   * @param check called when all parts have arrived, before they become an object
   * @param completed the object, where an earlier run has made it
   */
  async run(
    sendAll: () => Promise<void>,
    check: () => Promise<void>,
    completed?: Pick<UploadResult, 'etag' | 'checksum' | 'versionId'>,
  ): Promise<UploadResult> {
    const { context, control, options, confirmation } = this.job
    try {
      await sendAll()
      await this.inFlight.ended()
      if (control.signal.aborted) throw control.failure(control.signal.reason)
      await check()
      this.#requireChecksum()
      await confirmation.of({ bytes: this.#parts.size, parts: this.#parts.count })
      control.meter.state = 'verifying'
      const { etag, checksum, versionId } = completed ?? (await completeUpload(this.job, this.upload, this.#parts))
      await this.#journal?.ended()
      const { size, count } = this.#parts
      return { etag, checksum, versionId, size, parts: count, resumedBytes: this.#resumedBytes }
    } catch (error) {
      control.fail(error)
      await this.inFlight.ended()
      const isKept =
        this.#journal !== undefined && options.onFailure === 'keep' && isWorthKeeping(control.failure(error))
      if (!isKept) {
        await cleanUpUpload(context, this.upload)
        await this.#journal?.ended()
      }
      throw control.failure(error)
    }
  }

  /** The caller's checksum of all bytes, against that of the parts. */
  #requireChecksum(): void {
    const { checksum } = this.job.input
    const actual = checksum?.value === undefined ? undefined : this.#parts.crc64()
    if (actual === undefined || actual === checksum?.value) return
    throw new R2Error(
      'IntegrityMismatch',
      `the CRC64NVME of the source is ${actual}, but checksum says ${checksum?.value}`,
    )
  }
}

/** Parts of a source that has changed, or that may not become this object, are of no use to the next run. */
const isWorthKeeping = (error: unknown): boolean => !isR2Error(error, 'SourceChanged', 'PreconditionFailed')

/** Creates the upload, with a checksum for the whole object where the server takes one. */
export const createUpload = (job: UploadJob): Promise<OpenUpload> => {
  const { context, control, input } = job
  const {
    contentLength: _length,
    contentMd5: _md5,
    checksum: _checksum,
    verify,
    unknownOutcome: _mode,
    ...object
  } = input
  const { bucket, key } = input
  requirePossibleInParts(job)
  const create = async (fullObjectChecksum: boolean): Promise<OpenUpload> => {
    const checksum = fullObjectChecksum
      ? ({ checksumAlgorithm: 'CRC64NVME', checksumType: 'FULL_OBJECT' } as const)
      : {}
    const { uploadId } = await withGrace(context.clock, control.signal, (signal) =>
      context.multipart.create({ ...object, ...checksum }, singleAttempt(signal)),
    )
    return { bucket, key, uploadId, fullObjectChecksum }
  }
  return patiently(job, async () => {
    try {
      return await create(verify !== false && !context.learned.refusesFullObjectChecksum)
    } catch (error) {
      if (isRefusal(error) && !context.learned.refusesFullObjectChecksum) {
        const upload = await create(false)
        context.learned.refusesFullObjectChecksum = true
        return upload
      }
      // It holds no parts, and nothing tells it from one that another writer has just created.
      if (mayHaveActed(error)) context.warn(`an upload of ${bucket}/${key} without parts may be left behind`, error)
      throw error
    }
  })
}

/** R2 has no MD5 for an object of parts, and of the checksums only CRC64NVME covers the whole. */
const requirePossibleInParts = ({ input }: UploadJob): void => {
  const field = input.contentMd5 !== undefined ? 'contentMd5' : 'checksum'
  const { checksum } = input
  if (field === 'checksum' && (checksum === undefined || checksum.algorithm === 'CRC64NVME')) return
  throw new R2Error('InvalidInput', `${field} cannot be verified by R2 for an upload in parts`, {
    field,
    hint: "Pass checksum: { algorithm: 'CRC64NVME' }, or raise thresholdBytes so that the upload goes in one request.",
  })
}

const graceMs = 5000

/**
 * Lets a response that is in flight still arrive when the transfer is aborted: it carries the id of an upload that exists by
 * then, and without the id nothing can clean it up.
 */
const withGrace = async <T>(clock: Clock, signal: AbortSignal, work: (late: AbortSignal) => Promise<T>): Promise<T> => {
  if (signal.aborted) throw abortError(signal)
  const late = new AbortController()
  let timer: Timer | undefined
  const forget = onAbort(signal, () => {
    timer = clock.after(graceMs, () => late.abort(signal.reason))
  })
  try {
    return await work(late.signal)
  } finally {
    forget()
    timer?.cancel()
  }
}

export const tooManyParts = (maxBytes: number): R2Error =>
  new R2Error('EntityTooLarge', `the stream has more than ${maxBytes} bytes, the most for this part size`, {
    hint: 'Give contentLength, from which the part size follows, or a larger partSizeBytes.',
  })

/** A `catch` handler that releases what was held for the failed operation. */
export const releasing =
  (held: { release(): void }) =>
  (error: unknown): never => {
    held.release()
    throw error
  }
