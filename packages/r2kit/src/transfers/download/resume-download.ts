/**
 * Resumes an earlier download to the same file: from its temporary file, as far as that has the recorded bytes, and only while the
 * object has the recorded version.
 */
import { updateCrc32 } from '#checksums'
import { partialName, removePartialFile, takeOverPartialFile } from '#transfer-files'
import { isR2Error } from '../../errors/index.js'
import type { PartialFile } from '../files/partial-file.js'
import type { TargetFile } from '../files/target-file.js'
import type { DownloadJournal, EarlierDownload, RecordedRange } from './download-journal.js'
import type { DownloadJob, OpenObject, Range, RangeStore } from './job.js'

export interface ResumedDownload {
  readonly object: OpenObject
  readonly file: PartialFile
  /** Ranges whose bytes were read again and are right. */
  readonly stored: readonly Range[]
}

/** Returns undefined when there is nothing to resume; the rest of an unusable earlier run is removed then. */
export const resumeDownload = async (
  job: DownloadJob,
  journal: DownloadJournal,
  target: TargetFile,
): Promise<ResumedDownload | undefined> => {
  const earlier = await journal.read()
  if (earlier === undefined) return undefined
  const { context, control, input } = job
  const { range, ...object } = input
  const discard = async () => {
    for (const path of earlier.files) await removePartialFile(target, path)
    await journal.remove()
  }
  const metadata = await context.objects.head(object, { signal: control.signal }).catch(async (error: unknown) => {
    // No later run could use bytes of an object that is gone.
    if (isR2Error(error, 'ObjectNotFound', 'PreconditionFailed')) await discard()
    throw error
  })
  const { version, wanted } = earlier
  const isSame = metadata.etag === version.etag && metadata.size === version.size
  const file = isSame ? await takeOver(earlier, journal, target) : undefined
  if (file === undefined) {
    await discard()
    return undefined
  }
  try {
    const stored: Range[] = []
    for (const recorded of earlier.ranges)
      if (await isStored(file, wanted, recorded, control.signal)) stored.push(recorded)
    return { object: { metadata, version, wanted, first: undefined }, file, stored }
  } catch (error) {
    await file.keep()
    throw error
  }
}

const takeOver = async (
  { files, wanted }: EarlierDownload,
  journal: DownloadJournal,
  target: TargetFile,
): Promise<PartialFile | undefined> => {
  const name = partialName(target)
  await journal.recordFile(name)
  for (const path of files) {
    const file = await takeOverPartialFile(target, path, name, wanted.length)
    if (file !== undefined) return file
  }
  return undefined
}

const readBytes = 1024 * 1024

/** Reads recorded bytes again: a power failure can lose bytes that were never flushed to disk. */
const isStored = async (
  store: Pick<RangeStore, 'read'>,
  wanted: Range,
  { offset, length, crc32 }: RecordedRange,
  signal: AbortSignal,
): Promise<boolean> => {
  const start = offset - wanted.offset
  if (start < 0 || length < 1 || start + length > wanted.length) return false
  let crc = 0
  for (let at = 0; at < length; at += readBytes) {
    signal.throwIfAborted()
    crc = updateCrc32(crc, await store.read(start + at, Math.min(readBytes, length - at)))
  }
  return crc === crc32
}
