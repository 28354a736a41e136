/** Where an earlier run of the same upload stopped. */

import { isMd5 } from '../../client/fields/etag.js'
import { isDescribedAs } from '../../client/fields/is-described-as.js'
import type { ObjectMetadata } from '../../client/fields/object-metadata.js'
import { isR2Error, R2Error } from '../../errors/index.js'
import { singleAttempt } from '../context.js'
import { cleanUpUpload } from './clean-up.js'
import { type OpenUpload, patiently, type UploadJob } from './job.js'
import { PartList, type UploadedPart } from './part-list.js'
import { partRange } from './part-plan.js'
import { PartHash } from './parts.js'
import type { SlicedSource } from './source.js'
import { type EarlierRun, isSameSource, listUploadedParts, type UploadJournal } from './upload-journal.js'

export interface ResumedUpload {
  readonly upload: OpenUpload
  readonly partSizeBytes: number
  /** What the server has of a part, if it is worth a look. */
  candidate(partNumber: number): UploadedPart | undefined
  /** The object, where it was made already and only the journal had not been removed. */
  readonly completed: ObjectMetadata | undefined
}

/** Undefined where there is nothing to resume; what an unusable earlier run left behind has been cleaned up then. */
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
    // A failure of this run ends the earlier one too, unless it is to be kept.
    if (job.options.onFailure !== 'keep' && !isR2Error(error, 'SourceChanged')) await restart(job, journal, run)
    throw error
  }
}

const restart = async (job: UploadJob, journal: UploadJournal, run: EarlierRun): Promise<undefined> => {
  await cleanUpUpload(job.context, run.upload)
  await journal.ended()
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
    return restart(job, journal, run)
  }
  const listed = await listUploadedParts(job, run.upload)
  if (listed === undefined) {
    const completed = await findCompleted(job, run, source)
    if (completed !== undefined) return resumed(run, (number) => run.parts.get(number), completed)
    await journal.ended()
    return undefined
  }
  const trusts = job.options.reusedParts === 'trust'
  return resumed(run, (partNumber) => {
    const there = listed.get(partNumber)
    const noted = run.parts.get(partNumber)
    if (there === undefined || there.size !== partRange(partNumber, run.partSizeBytes, source.size).length)
      return undefined
    if (noted !== undefined && noted.length === there.size && noted.etag === there.etag) return noted
    // It arrived, but the crash came before that was written down. Its ETag says what it is, if we hash it again.
    if (trusts || !isMd5(there.etag)) return undefined
    return { partNumber, length: there.size, etag: there.etag, md5: there.etag, crc64: undefined }
  })
}

const resumed = (
  { upload, partSizeBytes }: EarlierRun,
  candidate: ResumedUpload['candidate'],
  completed?: ObjectMetadata,
): ResumedUpload => ({ upload: { ...upload, isResumed: true }, partSizeBytes, candidate, completed })

/**
 * The upload is gone: either it expired, or the crash came between its completion and the end of the journal. In that case
 * the object is that of the earlier run, and whether the source still is, too, is looked at as with any part.
 */
const findCompleted = async (
  job: UploadJob,
  run: EarlierRun,
  source: SlicedSource,
): Promise<ObjectMetadata | undefined> => {
  const parts = new PartList()
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

/** The object, if it is there with these bytes and as this upload describes it. */
const findCommittedObject = async (
  job: UploadJob,
  size: number,
  etag: string | undefined,
): Promise<ObjectMetadata | undefined> => {
  const { context, control, input } = job
  const { bucket, key, ssec } = input
  const target = { bucket, key, ...(ssec === undefined ? {} : { ssec }) }
  try {
    const found = await patiently(job, () => context.objects.head(target, singleAttempt(control.signal)))
    return found.size === size && found.etag === etag && isDescribedAs(found, input) ? found : undefined
  } catch (error) {
    if (isR2Error(error, 'ObjectNotFound')) return undefined
    throw error
  }
}

/** The part as the source has it now, if that is what the server has; undefined if it has to be sent again. */
export const checkReused = async (
  { options, input, control }: UploadJob,
  upload: OpenUpload,
  source: SlicedSource,
  candidate: UploadedPart,
  offset: number,
): Promise<UploadedPart | undefined> => {
  if (options.reusedParts === 'trust' && source.fingerprint.mtimeNs !== undefined) return candidate
  const hash = new PartHash(upload.fullObjectChecksum)
  for await (const chunk of source.slice(offset, candidate.length)) {
    hash.update(chunk)
    if (control.signal.aborted) break
  }
  const digest = hash.digest()
  if (digest.md5 !== candidate.md5) return undefined
  if (input.ssec === undefined && isMd5(candidate.etag) && candidate.etag !== digest.md5) return undefined
  return { ...candidate, ...digest }
}
