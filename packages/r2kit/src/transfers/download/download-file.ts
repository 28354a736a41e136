/** An object in a file: fetched in parallel into a temporary file beside it, verified, then renamed. */
import { createPartialFile, inspectTarget, partialName } from '#transfer-files'
import { isR2Error } from '../../errors/index.js'
import type { PartialFile, TargetFile } from '../files/partial-file.js'
import { DeferredVerifier } from './deferred-verifier.js'
import { type DownloadJournal, openDownloadJournal } from './download-journal.js'
import { resolveExpectedDigest } from './expected-digest.js'
import type { DownloadJob, OpenObject, Range } from './job.js'
import { dismiss, openObject } from './open-object.js'
import type { DownloadResult, FileDownloadOptions, FileTarget } from './options.js'
import { countRanges, missingRanges } from './ranges/plan.js'
import { fetchRanges } from './ranges/unordered-delivery.js'
import { rangesOf } from './ranges-of.js'
import { resultOf } from './result.js'
import { resumeDownload } from './resume-download.js'

/** What a range gathers before it is written: with less, writes cost more than what they write. */
const batchBytes = 512 * 1024

type FileJob = DownloadJob<FileDownloadOptions>

export const downloadFile = async (job: FileJob, { path }: FileTarget): Promise<DownloadResult> => {
  const place = await inspectTarget(path, job.options.noClobber)
  const journal = openDownloadJournal(job, place.path)
  const resumed = journal && (await resumeDownload(job, journal, place))
  const object = resumed?.object ?? (await openObject(job))
  try {
    const file = resumed?.file ?? (await createFile(job, object, place, journal))
    return await fill(job, object, file, resumed?.found ?? [], journal)
  } catch (error) {
    await dismiss(object)
    throw error
  }
}

const createFile = async (
  { options }: FileJob,
  { version, wanted }: OpenObject,
  place: TargetFile,
  journal: DownloadJournal | undefined,
): Promise<PartialFile> => {
  const name = partialName(place)
  await journal?.begun(version, wanted)
  await journal?.named(name)
  return createPartialFile(place, name, wanted.length, options.mode)
}

const fill = async (
  job: FileJob,
  object: OpenObject,
  file: PartialFile,
  noted: readonly Range[],
  journal: DownloadJournal | undefined,
): Promise<DownloadResult> => {
  const { control, options } = job
  const { wanted } = object
  let check: DeferredVerifier | undefined
  let hasStored = noted.length > 0
  try {
    // Two runs at the same time may have noted the same bytes twice.
    const found = missingRanges(wanted, missingRanges(wanted, noted))
    const totalParts = countRanges(rangesOf(job, object, found)()) + found.length + (object.first ? 1 : 0)
    control.meter.plan({ totalBytes: wanted.length, totalParts })
    let resumedBytes = 0
    for (const { length } of found) {
      control.meter.partResumed(length)
      resumedBytes += length
    }
    if (resumedBytes > 0) {
      const parts = found.reduce((sum, { length }) => sum + Math.ceil(length / job.rangeSizeBytes), 0)
      options.onResume?.({ parts, totalParts: parts + totalParts - found.length, bytes: resumedBytes })
    }
    check = new DeferredVerifier(resolveExpectedDigest(job, object), file)
    for (const { offset, length } of found) check.found(offset - wanted.offset, length)
    const note =
      journal &&
      ((range: Range, crc32: number) => {
        hasStored = true
        return journal.stored(range, crc32)
      })
    const ranges = rangesOf(job, object, found, check)
    await fetchRanges(job, object, ranges(), { store: file, check, note, batchBytes, foundParts: found.length })
    control.meter.state = 'verifying'
    const verifiedBy = await check.finish()
    await control.whenRunning()
    await file.commit({ fsync: options.fsync ?? false, noClobber: options.noClobber ?? false })
    await journal?.ended()
    return resultOf(object, verifiedBy, resumedBytes)
  } catch (error) {
    await check?.stop()
    if (hasStored && options.onFailure !== 'discard' && isWorthKeeping(control.failure(error))) {
      await file.keep()
    } else {
      await file.discard()
      await journal?.ended()
    }
    throw error
  }
}

/** Bytes of another version, or wrong ones, are of no use to the next run. */
const isWorthKeeping = (error: unknown): boolean =>
  !isR2Error(error, 'ObjectChanged', 'IntegrityMismatch', 'PreconditionFailed', 'ObjectNotFound', 'TargetExists')
