/** Downloads an object to a file: ranges are fetched in parallel into a temporary file, which is verified and then renamed. */
import { createPartialFile, inspectTarget, partialName } from '#transfer-files'
import { isR2Error } from '../../errors/index.js'
import type { PartialFile } from '../files/partial-file.js'
import type { TargetFile } from '../files/target-file.js'
import { DeferredVerifier } from './deferred-verifier.js'
import { type DownloadJournal, openDownloadJournal } from './download-journal.js'
import { resolveExpectedDigest } from './expected-digest.js'
import { type DownloadJob, type OpenObject, type Range, resultOf } from './job.js'
import { cancelFirst, openObject } from './open-object.js'
import type { DownloadResult, FileDownloadOptions, FileTarget } from './options.js'
import { countRanges, missingRanges, rangesOf } from './ranges/plan.js'
import { UnorderedDelivery } from './ranges/unordered-delivery.js'
import { resumeDownload } from './resume-download.js'

/** Bytes that a range gathers for one write. With fewer, the system calls cost more than the writing. */
const batchBytes = 512 * 1024

type FileJob = DownloadJob<FileDownloadOptions>

export const downloadFile = async (job: FileJob, { path }: FileTarget): Promise<DownloadResult> => {
  const target = await inspectTarget(path, job.options.noClobber)
  const journal = openDownloadJournal(job, target.path)
  const resumed = journal && (await resumeDownload(job, journal, target))
  const object = resumed?.object ?? (await openObject(job))
  try {
    const file = resumed?.file ?? (await createFile(job, object, target, journal))
    return await fill(job, object, file, resumed?.stored ?? [], journal)
  } catch (error) {
    await cancelFirst(object)
    throw error
  }
}

const createFile = async (
  { options }: FileJob,
  { version, wanted }: OpenObject,
  target: TargetFile,
  journal: DownloadJournal | undefined,
): Promise<PartialFile> => {
  const name = partialName(target)
  await journal?.recordStart(version, wanted)
  await journal?.recordFile(name)
  return createPartialFile(target, name, wanted.length, options.mode)
}

const fill = async (
  job: FileJob,
  object: OpenObject,
  file: PartialFile,
  recorded: readonly Range[],
  journal: DownloadJournal | undefined,
): Promise<DownloadResult> => {
  const { control, options } = job
  const { wanted } = object
  let verifier: DeferredVerifier | undefined
  let hasStored = recorded.length > 0
  try {
    // Two runs at the same time may have recorded the same bytes twice.
    const stored = missingRanges(wanted, missingRanges(wanted, recorded))
    const resumedBytes = planFile(job, object, stored)
    verifier = new DeferredVerifier(resolveExpectedDigest(job, object), file)
    for (const { offset, length } of stored) verifier.acceptStored(offset - wanted.offset, length)
    const onStored =
      journal &&
      ((range: Range, crc32: number) => {
        hasStored = true
        return journal.recordRange(range, crc32)
      })
    const ranges = rangesOf(job, object, stored, verifier)
    const target = { store: file, verifier, onStored, batchBytes, storedParts: stored.length }
    await new UnorderedDelivery(job, object, target).run(ranges())
    control.meter.state = 'verifying'
    const verifiedBy = await verifier.finish()
    await control.whenRunning()
    await file.commit({ fsync: options.fsync ?? false, noClobber: options.noClobber ?? false })
    await journal?.remove()
    return resultOf(object, verifiedBy, resumedBytes)
  } catch (error) {
    await verifier?.stop()
    if (hasStored && options.onFailure !== 'discard' && isReusable(control.failure(error))) {
      await file.keep()
    } else {
      await file.discard()
      await journal?.remove()
    }
    throw error
  }
}

/** Counts the ranges of an earlier run, and reports them. Returns their bytes. */
const planFile = (job: FileJob, object: OpenObject, stored: readonly Range[]): number => {
  const { control, options } = job
  const totalParts = countRanges(rangesOf(job, object, stored)()) + stored.length + (object.first ? 1 : 0)
  control.meter.plan({ totalBytes: object.wanted.length, totalParts })
  let resumedBytes = 0
  for (const { length } of stored) {
    control.meter.partResumed(length)
    resumedBytes += length
  }
  if (resumedBytes > 0) {
    const parts = stored.reduce((sum, { length }) => sum + Math.ceil(length / job.rangeSizeBytes), 0)
    options.onResume?.({ parts, totalParts: parts + totalParts - stored.length, bytes: resumedBytes })
  }
  return resumedBytes
}

/** Whether the next run can use the bytes: not those of another version, nor wrong ones. */
const isReusable = (error: unknown): boolean =>
  !isR2Error(error, 'ObjectChanged', 'IntegrityMismatch', 'PreconditionFailed', 'ObjectNotFound', 'TargetExists')
