/** `r2.transfers.uploadDirectory`: a folder with everything in it, as objects. */
import { requireFolder, SmallFile, walkFolder } from '#transfer-files'
import type { ObjectDescription } from '../../client/fields/description.js'
import { etagOfBytes } from '../../client/fields/md5-etag.js'
import { isR2Error, R2Error } from '../../errors/index.js'
import type { TransferContext } from '../context.js'
import type { WalkEntry } from '../files/walk-folder.js'
import type { TransferControl } from '../handle/transfer.js'
import { type StoredObject, singleAttempt } from '../operations.js'
import { isCongestion, withTransferRetries } from '../transfer-retries.js'
import type { UploadInput } from '../upload/options.js'
import { upload } from '../upload/upload.js'
import { observe, resolverFor } from '../upload/write-outcome.js'
import {
  asR2Error,
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
  DirectorySummary,
  FileResult,
  UploadDirectoryInput,
  UploadDirectoryOptions,
} from './options.js'

type UploadJob = DirectoryJob<UploadDirectoryOptions>

export const uploadDirectory = async (
  context: TransferContext,
  control: TransferControl,
  path: string,
  input: UploadDirectoryInput,
  options: UploadDirectoryOptions,
): Promise<DirectorySummary> => {
  await requireFolder(path)
  const prefix = folderPrefix(input.prefix)
  const job: UploadJob = new DirectoryJob(context, control, options)
  return job.run(async () => {
    for await (const entry of walkFolder(path, { followLinks: options.followLinks ?? false })) {
      await control.whenRunning()
      if (entry.kind === 'file') await addFile(job, input, { path: entry.path, key: prefix + entry.name })
      else await job.report(resultOf(entry))
    }
  })
}

const resultOf = (entry: Exclude<WalkEntry, { readonly kind: 'file' }>): FileResult => {
  const { path } = entry
  if (entry.kind === 'skipped') return { status: 'skipped', path, reason: entry.reason }
  const error =
    asR2Error(entry.error, path) ??
    new R2Error('UnsafePath', `"${path}" cannot be a key: ${(entry.error as Error).message}`)
  return { status: 'failed', path, error }
}

const addFile = (job: UploadJob, input: UploadDirectoryInput, file: DirectoryFile): Promise<void> | undefined =>
  job.add('small', file, async () => {
    const open = await SmallFile.open(file.path, job.io)
    try {
      const { size } = open
      if (job.options.dryRun === true) return { status: 'planned', ...file, bytes: size }
      if (size <= inMemoryBytes) return await uploadSmall(job, input, file, open)
      if (size < largeBytes) return await uploadLarge(job, input, file)
    } finally {
      open.close()
    }
    await job.pass('large', file, () => uploadLarge(job, input, file))
    return undefined
  })

/** Uploads a file in one request with its checksum, so that R2 stores nothing else. */
const uploadSmall = async (
  job: UploadJob,
  input: UploadDirectoryInput,
  file: DirectoryFile,
  open: { readonly size: number; read(): Promise<Uint8Array> },
): Promise<FileResult> => {
  const { context, control, options } = job
  const { signal } = control
  const { size } = open
  const reservation = await context.budget.reserve(size, signal)
  try {
    const body = await open.read()
    const object = { bucket: input.bucket, key: file.key, ...describe(input, file.key), ...conditionOf(options) }
    const attempts = { context, control, watch: job.watch(), input: object }
    const isHash = input.ssec === undefined
    const outcome = resolverFor(attempts, {
      size,
      isCompletion: false,
      etag: () => (isHash ? etagOfBytes(body) : undefined),
    })
    const { etag, verifiedBy } = await withTransferRetries(attempts, async (): Promise<StoredObject> => {
      const permit = await context.limit.acquire(signal)
      try {
        const put = await context.objects.put({ ...object, body }, singleAttempt(control))
        permit.done({ bytes: size })
        return put
      } catch (error) {
        permit.done({ bytes: 0, congested: isCongestion(error) })
        // Its ETag is that of the bytes.
        return { ...(await outcome.resolve(error, observe(attempts))), verifiedBy: 'etag' }
      }
    })
    control.meter.moved(size)
    return doneOf(file, { bytes: size, etag, resumedBytes: 0, verifiedBy })
  } catch (error) {
    return skippedIfExisting(job, file, error)
  } finally {
    reservation.release()
  }
}

const uploadLarge = (job: UploadJob, input: UploadDirectoryInput, file: DirectoryFile): Promise<FileResult> =>
  withFileControl(job, async (control) => {
    const { context, options } = job
    const { path, key } = file
    const object = { bucket: input.bucket, key, ...describe(input, key), ...conditionOf(options) }
    try {
      const { size, etag, resumedBytes, verifiedBy } = await upload(
        context,
        control,
        { path },
        object,
        journalOptions(job, file),
        job.watch(),
      )
      return doneOf(file, { bytes: size, etag, resumedBytes, verifiedBy })
    } catch (error) {
      return skippedIfExisting(job, file, error)
    }
  })

/** The description of an object: the caller's fields without those of the address. */
const describe = (input: UploadDirectoryInput, key: string): ObjectDescription & Pick<UploadInput, 'integrity'> => {
  const { bucket: _bucket, prefix: _prefix, contentType, ...description } = input
  const type = typeof contentType === 'function' ? contentType(key) : contentType
  return type === undefined ? description : { ...description, contentType: type }
}

/** `noClobber` is a condition of the write itself, so that no other writer comes in between. */
const conditionOf = ({ noClobber = false }: UploadDirectoryOptions) =>
  // `equal`: which of two writers made an equal object does not matter, since nothing was replaced.
  noClobber ? ({ ifNoneMatch: '*', unknownOutcome: 'equal' } as const) : {}

const skippedIfExisting = (job: UploadJob, file: DirectoryFile, error: unknown): FileResult => {
  if (job.options.noClobber !== true || !isR2Error(error, 'PreconditionFailed')) throw error
  return { status: 'skipped', ...file, reason: 'exists' }
}
