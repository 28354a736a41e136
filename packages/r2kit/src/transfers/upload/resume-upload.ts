/**
 * Resumes an earlier run of the same upload. A part counts as stored only if the journal and the server's list agree on it, or if
 * the source, hashed again, has the ETag that the server lists.
 */
import { isMd5 } from '../../client/fields/etag.js'
import { isDescribedAs } from '../../client/fields/is-described-as.js'
import type { ObjectMetadata } from '../../client/fields/object-metadata.js'
import { isR2Error, R2Error } from '../../errors/index.js'
import { singleAttempt } from '../operations.js'
import { withTransferRetries } from '../transfer-retries.js'
import { cleanUpUpload } from './clean-up.js'
import type { OpenUpload, UploadJob } from './job.js'
import { partRange } from './part-plan.js'
import { BodyHash, PartList, type UploadedPart } from './parts.js'
import type { SlicedSource } from './source.js'
import type { EarlierRun, UploadJournal } from './upload-journal.js'

export interface ResumedUpload {
  readonly upload: OpenUpload
  readonly partSizeBytes: number
  /** The part as the server stores it, if it is worth a check by `checkReused`. */
  candidate(partNumber: number): UploadedPart | undefined
  /** The object, where the earlier run made it and only left its journal. */
  readonly completed: ObjectMetadata | undefined
}

/** Returns undefined when there is nothing to resume; the rest of an unusable earlier run is cleaned up then. */
export const resumeUpload = async (
  job: UploadJob,
  source: SlicedSource,
  journal: UploadJournal,
): Promise<ResumedUpload | undefined> => {
  const run = await journal.read(job.input)
  if (run === undefined) return undefined
  try {
    return await resume(job, source, journal, run)
  } catch (error) {
    // A failure of this run ends the earlier one, too, unless it is to be kept.
    if (job.options.onFailure !== 'keep' && !isR2Error(error, 'SourceChanged')) await discard(job, journal, run)
    throw error
  }
}

const discard = async (job: UploadJob, journal: UploadJournal, run: EarlierRun): Promise<undefined> => {
  await cleanUpUpload(job.context, run.upload)
  await journal.remove()
}

const resume = async (
  job: UploadJob,
  source: SlicedSource,
  journal: UploadJournal,
  run: EarlierRun,
): Promise<ResumedUpload | undefined> => {
  if (!isSameSource(run.fingerprint, source.fingerprint)) {
    if (job.options.changedSource === 'error') {
      throw new R2Error('SourceChanged', 'the source has changed since the upload of it began', {
        hint: "Start over with changedSource: 'restart'.",
      })
    }
    return discard(job, journal, run)
  }
  // The object would have another checksum than the one that the caller asks for.
  if (job.input.checksum !== undefined && run.upload.algorithm !== job.input.checksum.algorithm)
    return discard(job, journal, run)
  const listed = await listUploadedParts(job, run.upload)
  if (listed === undefined) {
    const completed = await findCompleted(job, run, source)
    if (completed !== undefined) return resumed(run, (number) => run.parts.get(number), completed)
    await journal.remove()
    return undefined
  }
  const isTrusted = job.options.reusedParts === 'trust'
  return resumed(run, (partNumber) => {
    const stored = listed.get(partNumber)
    const recorded = run.parts.get(partNumber)
    if (stored === undefined || stored.size !== partRange(partNumber, run.partSizeBytes, source.size).length)
      return undefined
    if (recorded !== undefined && recorded.length === stored.size && recorded.etag === stored.etag) return recorded
    // It arrived, but the crash came before the record. Its ETag identifies the bytes once they are hashed again.
    if (isTrusted || !isMd5(stored.etag)) return undefined
    const { size: length, etag } = stored
    return { partNumber, length, etag, md5: etag, checksum: undefined, verifiedBy: undefined }
  })
}

const resumed = (
  { upload, partSizeBytes }: EarlierRun,
  candidate: ResumedUpload['candidate'],
  completed?: ObjectMetadata,
): ResumedUpload => ({ upload: { ...upload, isResumed: true }, partSizeBytes, candidate, completed })

const isSameSource = (earlier: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): boolean =>
  Object.keys({ ...earlier, ...now }).every((field) => earlier[field] === now[field])

type StoredParts = Map<number, { readonly size: number; readonly etag: string }>

/** All parts that the server stores, by number; undefined for an absent upload. */
const listUploadedParts = async (
  job: UploadJob,
  { bucket, key, uploadId }: OpenUpload,
): Promise<StoredParts | undefined> => {
  const listed: StoredParts = new Map()
  try {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const partNumberMarker: number = after
      const page = await withTransferRetries(job, () =>
        job.context.multipart.listParts({ bucket, key, uploadId, partNumberMarker }, singleAttempt(job.control)),
      )
      for (const { partNumber, size, etag } of page.parts) listed.set(partNumber, { size, etag })
      if (!page.isTruncated) return listed
      if (page.nextPartNumberMarker === undefined || page.nextPartNumberMarker <= partNumberMarker) {
        throw new R2Error('InvalidResponse', 'the list of parts is truncated, but has no marker that continues it')
      }
      after = page.nextPartNumberMarker
    }
    return listed
  } catch (error) {
    if (isR2Error(error, 'UploadNotFound')) return undefined
    throw error
  }
}

/**
 * The object of an earlier run that crashed between its completion and the end of its journal; undefined where the upload is gone
 * for another reason. The source is compared with the parts, as with any resumed upload.
 */
const findCompleted = async (
  job: UploadJob,
  run: EarlierRun,
  source: SlicedSource,
): Promise<ObjectMetadata | undefined> => {
  const parts = new PartList(run.upload.algorithm)
  for (const part of run.parts.values()) parts.add(part)
  if (parts.size !== source.size) return undefined
  const found = await findCommittedObject(job, source.size, parts.etag())
  if (found === undefined) return undefined
  for (const part of run.parts.values()) {
    const { offset } = partRange(part.partNumber, run.partSizeBytes, source.size)
    if ((await checkReused(job, run.upload, source, part, offset)) === undefined) return undefined
  }
  return found
}

/** The object, if it has this size, ETag and the description of this upload. */
const findCommittedObject = async (
  job: UploadJob,
  size: number,
  etag: string | undefined,
): Promise<ObjectMetadata | undefined> => {
  const { context, control, input } = job
  const { bucket, key, ssec } = input
  const target = { bucket, key, ...(ssec === undefined ? {} : { ssec }) }
  try {
    const found = await withTransferRetries(job, () => context.objects.head(target, singleAttempt(control)))
    return found.size === size && found.etag === etag && isDescribedAs(found, input) ? found : undefined
  } catch (error) {
    if (isR2Error(error, 'ObjectNotFound')) return undefined
    throw error
  }
}

/**
 * Returns the part with its hashes if the source still has the bytes that the server stores; undefined if it must be sent again.
 * They are compared by the MD5 that is the server's ETag, and by the recorded checksum.
 */
export const checkReused = async (
  { options, input, control }: UploadJob,
  upload: OpenUpload,
  source: SlicedSource,
  candidate: UploadedPart,
  offset: number,
): Promise<UploadedPart | undefined> => {
  if (options.reusedParts === 'trust' && source.fingerprint.mtimeNs !== undefined) return candidate
  const recorded = { md5: candidate.md5, checksum: candidate.checksum }
  const isHash = input.ssec === undefined && isMd5(candidate.etag)
  const expectedMd5 = isHash ? candidate.etag : recorded.md5
  // Neither the server nor the journal has a hash of the part.
  if (expectedMd5 === undefined && recorded.checksum === undefined) return undefined
  const hash = new BodyHash(expectedMd5 !== undefined, upload.algorithm)
  await source.scan(offset, candidate.length, (chunk) => hash.update(chunk), control.signal)
  const digest = hash.digest()
  if (digest.md5 !== expectedMd5) return undefined
  if (recorded.md5 !== undefined && digest.md5 !== undefined && recorded.md5 !== digest.md5) return undefined
  if (recorded.checksum !== undefined && recorded.checksum !== digest.checksum) return undefined
  return { ...candidate, ...digest, verifiedBy: isHash ? 'etag' : candidate.verifiedBy }
}
