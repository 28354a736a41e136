/** `r2.transfers.downloadDirectory`: the objects below a prefix, as files of a folder and nowhere else. */
import { md5 } from '#hash'
import { fileNameOf, inspectSmallTarget, openTargetFolder, refuseOtherSpelling, writeSmallFile } from '#transfer-files'
import { hexFromBytes } from '../../base/bytes.js'
import { isMd5 } from '../../client/fields/etag.js'
import { isR2Error, R2Error } from '../../errors/index.js'
import type { ListedObject } from '../../xml/index.js'
import { singleAttempt, type TransferContext } from '../context.js'
import { download } from '../download/download.js'
import type { VerifiedBy } from '../download/options.js'
import type { TargetFile } from '../files/partial-file.js'
import type { TargetFolder } from '../files/target-folder.js'
import type { TransferControl } from '../handle/transfer.js'
import { isCongestion, retryPart } from '../transfer-retries.js'
import {
  DirectoryJob,
  doneOf,
  folderPrefix,
  inMemoryBytes,
  largeBytes,
  resuming,
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
    const list = context.objects.listAll({ bucket, prefix }, { signal: control.signal })
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
  // The folder's own marker; the target folder is there anyway.
  const name = relative === '' ? { ok: true as const, segments: [], isFolder: true } : fileNameOf(relative)
  if (!name.ok) return job.tell({ status: 'failed', key, error: new R2Error('UnsafePath', name.reason, { key }) })
  const { segments, isFolder } = name
  const file = { path: folder.pathOf(segments), key }
  if (!isFolder && job.options.dryRun !== true) {
    return job.add(size < largeBytes ? 'small' : 'large', file, () =>
      folder.withFile(segments, (path) => downloadObject(job, input, { path, key }, size)),
    )
  }
  return job.add('small', file, async () => {
    if (isFolder && size > 0) {
      throw new R2Error('UnsafePath', 'a key that ends in "/" is a folder, and this one has content', { key })
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
    const looked = inspectSmallTarget(path, job.options.noClobber ?? false, job.files)
    const place = looked instanceof Promise ? await looked : looked
    if (place.exists) await refuseOtherSpelling(place, job.files)
    return await (listedBytes <= inMemoryBytes
      ? downloadSmall(job, input, file, listedBytes, place)
      : downloadLarge(job, input, file))
  } catch (error) {
    // It has grown since it was listed.
    if (isR2Error(error, 'ResponseTooLarge')) return downloadLarge(job, input, file)
    if (isR2Error(error, 'TargetExists')) return { status: 'skipped', ...file, reason: 'exists' }
    throw error
  }
}

/** In one request and one buffer; it is written when it has been compared with its ETag. */
const downloadSmall = async (
  job: DirectoryJob,
  input: DownloadDirectoryInput,
  file: DirectoryFile,
  listedBytes: number,
  place: TargetFile,
): Promise<FileResult> => {
  const { context, control, options } = job
  const { signal } = control
  const { bucket, ssec } = input
  const { key } = file
  const reservation = await context.budget.reserve(listedBytes, signal)
  try {
    const read = { bucket, key, ...(ssec && { ssec }), maxBytes: listedBytes }
    const { body, etag, verifiedBy } = await retryPart(context, { watch: job.watch(), signal }, async () => {
      const permit = await context.limit.acquire(signal)
      try {
        const { body, etag } = await context.objects.get(read, singleAttempt(signal))
        permit.done({ bytes: body.byteLength })
        // What the ETag of an object with a customer's key is made of is not documented.
        return { body, etag, verifiedBy: ssec === undefined ? requireMd5(etag, body) : undefined }
      } catch (error) {
        permit.done({ bytes: 0, congested: isCongestion(error) })
        throw error
      }
    })
    const bytes = body.byteLength
    const written = writeSmallFile(place, body, options.noClobber ?? false, job.files)
    if (written !== undefined) await written
    control.meter.moved(bytes)
    return doneOf(file, { bytes, etag, resumedBytes: 0, verifiedBy })
  } finally {
    reservation.release()
  }
}

/** Undefined where the ETag cannot tell. */
const requireMd5 = (etag: string, body: Uint8Array): VerifiedBy | undefined => {
  if (!isMd5(etag)) return undefined
  const actual = hexFromBytes(md5(body))
  if (actual === etag) return 'etag'
  throw new R2Error('IntegrityMismatch', `the MD5 of what arrived is ${actual}, but the object's is ${etag}`)
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
      { ...resuming(job, file), noClobber },
      { path },
      job.watch(),
    )
    const { bytes, etag, resumedBytes, verifiedBy } = result
    return doneOf(file, { bytes, etag, resumedBytes, verifiedBy })
  })
