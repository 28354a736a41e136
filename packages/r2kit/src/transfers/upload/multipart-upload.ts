/** An object that is uploaded in parallel parts: from the first part on, or from where an earlier run stopped. */
import { onAbort } from '#abort'
import type { Clock, Timer } from '../../base/clock.js'
import type { PartChecksumAlgorithm } from '../../client/fields/checksum.js'
import { abortError, isR2Error, mayHaveActed, R2Error } from '../../errors/index.js'
import type { TransferContext } from '../context.js'
import { type StoredObject, singleAttempt } from '../operations.js'
import { withTransferRetries } from '../transfer-retries.js'
import { cleanUpUpload } from './clean-up.js'
import { completeUpload, isSameChecksum } from './complete-upload.js'
import type { OpenUpload, UploadJob } from './job.js'
import type { UploadResult } from './options.js'
import { partAlgorithmOf, requirePossibleInParts } from './part-integrity.js'
import { PartList, type UploadedPart } from './parts.js'
import type { UploadJournal } from './upload-journal.js'
import { isWholeRefused, refuteWhole, WholeRefusal } from './whole-checksum.js'

/** A multipart upload in progress, of any kind of source. */
export class MultipartUpload {
  readonly job: UploadJob
  readonly upload: OpenUpload
  readonly inFlight: InFlight
  readonly #journal: UploadJournal | undefined
  readonly #parts: PartList
  #resumedBytes = 0

  constructor(job: UploadJob, upload: OpenUpload, journal?: UploadJournal) {
    this.job = job
    this.upload = upload
    this.#parts = new PartList(upload.algorithm)
    this.#journal = journal
    this.inFlight = new InFlight(job.context.limit.max, (error) => job.control.fail(error))
  }

  /** Counts a part that has arrived, after it is recorded. */
  async addArrived(part: UploadedPart): Promise<void> {
    await this.#journal?.recordPart(part)
    this.#parts.add(part)
    this.job.control.meter.partDone()
  }

  /** Counts a part of an earlier run. */
  addReused(part: UploadedPart): void {
    this.#parts.add(part)
    this.#resumedBytes += part.length
    this.job.watch.mark()
    this.job.control.meter.partResumed(part.length)
  }

  /**
   * Sends the parts that `sendAll` starts, waits for them and completes the upload. The first failure stops everything else.
   * The upload is aborted only when no part is in flight any more.
   *
   * @param requireUnchanged called when all parts have arrived, before they become an object
   * @param completed the object, where an earlier run has made it
   */
  async run(
    sendAll: () => Promise<void>,
    requireUnchanged: () => Promise<void>,
    completed?: StoredObject,
  ): Promise<UploadResult> {
    const { context, control, options, confirmation } = this.job
    try {
      await sendAll()
      await this.inFlight.ended()
      if (control.signal.aborted) throw control.failure(control.signal.reason)
      await requireUnchanged()
      this.#requireChecksum()
      await confirmation.of({ bytes: this.#parts.size, parts: this.#parts.count })
      control.meter.state = 'verifying'
      const { etag, checksum, versionId } = completed ?? (await completeUpload(this.job, this.upload, this.#parts))
      await this.#journal?.remove()
      const { size, count } = this.#parts
      const verifiedBy = isSameChecksum(checksum, this.upload, this.#parts)
        ? checksum?.algorithm
        : this.#parts.verifiedBy()
      return { etag, checksum, versionId, size, parts: count, resumedBytes: this.#resumedBytes, verifiedBy }
    } catch (error) {
      control.fail(error)
      await this.inFlight.ended()
      const isKept = this.#journal !== undefined && options.onFailure === 'keep' && isReusable(control.failure(error))
      if (!isKept) {
        await cleanUpUpload(context, this.upload)
        await this.#journal?.remove()
      }
      throw control.failure(error)
    }
  }

  /** Compares the caller's checksum of all bytes with that of the parts. */
  #requireChecksum(): void {
    const { checksum } = this.job.input
    const actual = checksum?.value === undefined ? undefined : this.#parts.checksum()
    if (actual === undefined || actual === checksum?.value) return
    throw new R2Error(
      'IntegrityMismatch',
      `the CRC64NVME of the source is ${actual}, but the field checksum has ${checksum?.value}`,
    )
  }
}

/** Whether the next run can use the parts: not those of a source that has changed, or that a condition excludes. */
const isReusable = (error: unknown): boolean => !isR2Error(error, 'SourceChanged', 'PreconditionFailed')

/** Parts in flight, at most `max`, whose end can be awaited. */
class InFlight {
  readonly #max: number
  readonly #onFailure: (error: unknown) => void
  readonly #running = new Set<Promise<void>>()

  constructor(max: number, onFailure: (error: unknown) => void) {
    this.#max = max
    this.#onFailure = onFailure
  }

  add(work: () => Promise<void>): void {
    const running: Promise<void> = work()
      .catch(this.#onFailure)
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /**
   * Resolves when fewer than `max` parts are in flight. A part that waits for its next attempt counts: otherwise an outage would
   * start the attempts of every part.
   */
  async belowMax(): Promise<void> {
    while (this.#running.size >= this.#max) await Promise.race(this.#running)
  }

  /** Resolves when nothing is in flight. */
  async ended(): Promise<void> {
    await Promise.all(this.#running)
  }
}

/** Creates an upload, with the checksum of its parts where the server supports it. */
export const createUpload = (job: UploadJob): Promise<OpenUpload> => {
  const { context, control, input, integrity } = job
  const {
    contentLength: _length,
    contentMd5: _md5,
    checksum: _checksum,
    verify: _verify,
    integrity: _integrity,
    unknownOutcome: _mode,
    ...object
  } = input
  const { bucket, key } = input
  requirePossibleInParts(job)
  const algorithm = partAlgorithmOf(integrity)
  const create = async (declared: PartChecksumAlgorithm | undefined): Promise<OpenUpload> => {
    const checksum =
      declared === undefined
        ? {}
        : ({
            checksumAlgorithm: declared,
            checksumType: declared === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE',
          } as const)
    const { uploadId } = await withGrace(context.clock, control.signal, (signal) =>
      context.multipart.create({ ...object, ...checksum }, singleAttempt({ signal, timeouts: control.timeouts })),
    )
    return { bucket, key, uploadId, algorithm, isDeclared: declared !== undefined }
  }
  const refusal = new WholeRefusal(context)
  return withTransferRetries(job, async () => {
    const declared = algorithm === undefined || isRefused(context, algorithm) ? undefined : algorithm
    try {
      return await create(declared)
    } catch (error) {
      if (declared !== undefined && refusal.isPossible(error, declared)) {
        const upload = await create(undefined)
        refuteWhole(context, declared, error)
        return upload
      }
      // It would have no parts, and could not be distinguished from one that another writer has just created.
      if (mayHaveActed(error)) context.warn(`an upload of ${bucket}/${key} without parts may be left behind`, error)
      throw error
    }
  })
}

/** Whether the server has no use for the checksum of an upload: it refused to create one, or ignores that of parts. */
const isRefused = (context: TransferContext, algorithm: PartChecksumAlgorithm): boolean =>
  isWholeRefused(context, algorithm) ||
  (algorithm !== 'CRC64NVME' && context.integrity.support('part', algorithm) === 'unsupported')

const graceMs = 5000

/**
 * Gives a request in flight some more time when the transfer is aborted. Its response carries the ID of an upload that exists by
 * then, and without the ID the upload cannot be aborted.
 */
const withGrace = async <T>(clock: Clock, signal: AbortSignal, work: (late: AbortSignal) => Promise<T>): Promise<T> => {
  if (signal.aborted) throw abortError(signal)
  const late = new AbortController()
  let timer: Timer | undefined
  const stopListening = onAbort(signal, () => {
    timer = clock.after(graceMs, () => late.abort(signal.reason))
  })
  try {
    return await work(late.signal)
  } finally {
    stopListening()
    timer?.cancel()
  }
}

/** Returns a `catch` handler that releases what was reserved for the failed operation. */
export const releasing =
  (held: { release(): void }) =>
  (error: unknown): never => {
    held.release()
    throw error
  }
