/** Goes on with the temporary file that an earlier run left, as far as it is what the journal says and the object the same. */
import { updateCrc32 } from '#checksums'
import { partialName, removePartialFile, takeOverPartialFile } from '#transfer-files'
import { isR2Error } from '../../errors/index.js'
import type { PartialFile, TargetFile } from '../files/partial-file.js'
import type { DownloadJournal, EarlierDownload, NotedRange } from './download-journal.js'
import type { DownloadJob, OpenObject, Range, RangeStore } from './job.js'

export interface ResumedDownload {
  readonly object: OpenObject
  readonly file: PartialFile
  /** Ranges whose bytes were read again and found right. */
  readonly found: readonly Range[]
}

/** Undefined where there is nothing to go on with; then nothing of an earlier run is left either. */
export const resumeDownload = async (
  job: DownloadJob,
  journal: DownloadJournal,
  place: TargetFile,
): Promise<ResumedDownload | undefined> => {
  const earlier = await journal.read()
  if (earlier === undefined) return undefined
  const { context, control, input } = job
  const { range, ...target } = input
  const forget = async () => {
    for (const path of earlier.files) await removePartialFile(place, path)
    await journal.ended()
  }
  const metadata = await context.objects.head(target, { signal: control.signal }).catch(async (error: unknown) => {
    // No later run could go on with bytes of an object that is gone.
    if (isR2Error(error, 'ObjectNotFound', 'PreconditionFailed')) await forget()
    throw error
  })
  const { version, wanted } = earlier
  const isSame = metadata.etag === version.etag && metadata.size === version.size
  const file = isSame ? await takeOver(earlier, journal, place) : undefined
  if (file === undefined) {
    await forget()
    return undefined
  }
  try {
    const found: Range[] = []
    for (const noted of earlier.ranges) if (await isStored(file, wanted, noted, control.signal)) found.push(noted)
    return { object: { metadata, version, wanted, first: undefined }, file, found }
  } catch (error) {
    await file.keep()
    throw error
  }
}

const takeOver = async (
  { files, wanted }: EarlierDownload,
  journal: DownloadJournal,
  place: TargetFile,
): Promise<PartialFile | undefined> => {
  const name = partialName(place)
  await journal.named(name)
  for (const path of files) {
    const file = await takeOverPartialFile(place, path, name, wanted.length)
    if (file !== undefined) return file
  }
  return undefined
}

const readBytes = 1024 * 1024

/** A crash of the machine may have taken bytes that were never on disk: what was noted is read and compared. */
const isStored = async (
  store: Pick<RangeStore, 'read'>,
  wanted: Range,
  { offset, length, crc32 }: NotedRange,
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
