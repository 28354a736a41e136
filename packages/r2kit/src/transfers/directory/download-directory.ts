/** `r2.transfers.downloadDirectory`: the objects below a prefix, as files in a folder. */
import { fileNameOf, inspectSmallTarget, openTargetFolder, refuseOtherSpelling, writeSmallFile } from '#transfer-files'
import { isR2Error, R2Error } from '../../errors/index.js'
import type { ListedObject } from '../../xml/index.js'
import type { TransferContext } from '../context.js'
import { download } from '../download/download.js'
import type { TargetFile } from '../files/target-file.js'
import type { TargetFolder } from '../files/target-folder.js'
import type { TransferControl } from '../handle/transfer.js'
import { singleAttempt } from '../operations.js'
import { isCongestion, withTransferRetries } from '../transfer-retries.js'
import {
  DirectoryJob,
  doneOf,
  folderPrefix,
  inMemoryBytes,
  journalOptions,
  largeBytes,
  withFileControl,
} from './directory-job.js'
import type {
  DirectoryFile,
  DirectoryOptions,
  DirectorySummary,
  DownloadDirectoryInput,
  FileResult,
} from './options.js'
import { prefetchPages } from './prefetch-pages.js'
import { verifyInMemory } from './verify-in-memory.js'

export const downloadDirectory = async (
  context: TransferContext,
  control: TransferControl,
  input: DownloadDirectoryInput,
  path: string,
  options: DirectoryOptions,
): Promise<DirectorySummary> => {
  const { bucket } = input
  const prefix = folderPrefix(input.prefix)
  const folder = openTargetFolder(path)
  const job = new DirectoryJob(context, control, options)
  await folder.requireUsable()
  return job.run(async () => {
    const list = context.objects.listAll({ bucket, prefix }, { signal: control.signal, timeouts: control.timeouts })
    for await (const { objects } of prefetchPages(list.pages())) {
      for (const object of objects) {
        if (control.paused || control.signal.aborted) await control.whenRunning()
        const added = addObject(job, input, folder, object, object.key.slice(prefix.length))
        if (added !== undefined) await added
      }
    }
  })
}

const addObject = (
  job: DirectoryJob,
  input: DownloadDirectoryInput,
  folder: TargetFolder,
  object: ListedObject,
  relative: string,
): void | Promise<void> => {
  const { key, size } = object
  // An empty relative key is the marker object of the folder itself.
  const name = relative === '' ? { ok: true as const, segments: [], isFolder: true } : fileNameOf(relative)
  if (!name.ok) return job.report({ status: 'failed', key, error: new R2Error('UnsafePath', name.reason, { key }) })
  const { segments, isFolder } = name
  const file = { path: folder.pathOf(segments), key }
  if (!isFolder && job.options.dryRun !== true) {
    return job.add(size < largeBytes ? 'small' : 'large', file, () =>
      folder.withFile(segments, (path) => downloadObject(job, input, { path, key }, size)),
    )
  }
  return job.add('small', file, async () => {
    if (isFolder && size > 0) {
      throw new R2Error('UnsafePath', 'a key that ends in "/" names a folder, but this object has content', { key })
    }
    if (job.options.dryRun === true) return { status: 'planned', ...file, bytes: size }
    await folder.makeFolder(segments)
    return doneOf(file, { bytes: 0, etag: object.etag, resumedBytes: 0, verifiedBy: 'etag' })
  })
}

const downloadObject = async (
  job: DirectoryJob,
  input: DownloadDirectoryInput,
  file: DirectoryFile,
  listedBytes: number,
): Promise<FileResult> => {
  const { path } = file
  try {
    const inspected = inspectSmallTarget(path, job.options.noClobber ?? false, job.io)
    const target = inspected instanceof Promise ? await inspected : inspected
    if (target.exists) await refuseOtherSpelling(target, job.io)
    return await (listedBytes <= inMemoryBytes
      ? downloadSmall(job, input, file, listedBytes, target)
      : downloadLarge(job, input, file))
  } catch (error) {
    // It has grown since it was listed.
    if (isR2Error(error, 'ResponseTooLarge')) return downloadLarge(job, input, file)
    if (isR2Error(error, 'TargetExists')) return { status: 'skipped', ...file, reason: 'exists' }
    throw error
  }
}

/** Downloads an object in one request and one buffer. The file is written after the bytes are verified. */
const downloadSmall = async (
  job: DirectoryJob,
  input: DownloadDirectoryInput,
  file: DirectoryFile,
  listedBytes: number,
  target: TargetFile,
): Promise<FileResult> => {
  const { context, control, options } = job
  const { signal } = control
  const { bucket, ssec } = input
  const { key } = file
  const reservation = await context.budget.reserve(listedBytes, signal)
  try {
    // Verified below, where the result states by what.
    const read = { bucket, key, ...(ssec && { ssec }), maxBytes: listedBytes, verify: false }
    const isVerified = context.integrity.default !== 'none'
    const attempts = { context, control, watch: job.watch() }
    const { body, etag, verifiedBy } = await withTransferRetries(attempts, async () => {
      const permit = await context.limit.acquire(signal)
      try {
        const object = await context.objects.get(read, singleAttempt(control))
        const { body, etag } = object
        permit.done({ bytes: body.byteLength })
        // The ETag of an object with a customer's key is undocumented.
        return { body, etag, verifiedBy: isVerified ? verifyInMemory(object, ssec === undefined) : undefined }
      } catch (error) {
        permit.done({ bytes: 0, congested: isCongestion(error) })
        throw error
      }
    })
    const bytes = body.byteLength
    const written = writeSmallFile(target, body, options.noClobber ?? false, job.io)
    if (written !== undefined) await written
    control.meter.moved(bytes)
    return doneOf(file, { bytes, etag, resumedBytes: 0, verifiedBy })
  } finally {
    reservation.release()
  }
}

const downloadLarge = (job: DirectoryJob, input: DownloadDirectoryInput, file: DirectoryFile): Promise<FileResult> =>
  withFileControl(job, async (control) => {
    const { bucket, ssec } = input
    const { path, key } = file
    const { noClobber = false } = job.options
    const result = await download.file(
      job.context,
      control,
      { bucket, key, ...(ssec && { ssec }) },
      { ...journalOptions(job, file), noClobber },
      { path },
      job.watch(),
    )
    const { bytes, etag, resumedBytes, verifiedBy } = result
    return doneOf(file, { bytes, etag, resumedBytes, verifiedBy })
  })
