/** `r2.transfers.uploadDirectory`: a folder with everything in it, as objects. */
import { requireFolder, SmallFile, walkFolder } from '#transfer-files'
import { base64FromBytes } from '../../base/bytes.js'
import { type ChecksumAlgorithm, checksumOf } from '../../base/checksums/index.js'
import { internalErrorsWith, refusalOf } from '../../client/fields/checksum-refusal.js'
import type { ObjectDescription } from '../../client/fields/description.js'
import { etagOfBytes } from '../../client/fields/md5-etag.js'
import { storedAlgorithm } from '../../client/fields/stored-algorithm.js'
import { isR2Error, R2Error } from '../../errors/index.js'
import type { TransferContext } from '../context.js'
import type { WalkEntry } from '../files/walk-folder.js'
import type { TransferControl } from '../handle/transfer.js'
import { type StoredObject, singleAttempt } from '../operations.js'
import { isCongestion, withTransferRetries } from '../transfer-retries.js'
import type { UploadInput } from '../upload/options.js'
import { upload } from '../upload/upload.js'
import { observe, WriteResolver } from '../upload/write-outcome.js'
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
      const result = size <= inMemoryBytes ? await uploadSmall(job, input, file, open) : undefined
      if (result !== undefined) return result
      if (size < largeBytes) return await uploadLarge(job, input, file)
    } finally {
      open.close()
    }
    await job.pass('large', file, () => uploadLarge(job, input, file))
    return undefined
  })

/**
 * Uploads a file in one request with its checksum, so that R2 stores nothing else. Returns undefined where the server may refuse the
 * checksum by internal errors: an upload of its own finds that out, for all files.
 */
const uploadSmall = async (
  job: UploadJob,
  input: UploadDirectoryInput,
  file: DirectoryFile,
  open: { readonly size: number; read(): Promise<Uint8Array> },
): Promise<FileResult | undefined> => {
  const { context, control, options } = job
  const { signal } = control
  const { size } = open
  const reservation = await context.budget.reserve(size, signal)
  const algorithm = storedAlgorithm(input.integrity ?? context.integrity.default)
  const refusal = new InternalErrors(context, algorithm)
  try {
    const body = await open.read()
    const object = { bucket: input.bucket, key: file.key, ...describe(input, file.key), ...conditionOf(options) }
    const attempts = { context, control, watch: job.watch(), input: object }
    const isHash = input.ssec === undefined
    const outcome = new WriteResolver(attempts, {
      size,
      isCompletion: false,
      etag: () => (isHash ? etagOfBytes(body) : undefined),
      checksum: () => checksumIn(body, algorithm),
    })
    const put = async (): Promise<StoredObject> => {
      const permit = await context.limit.acquire(signal)
      try {
        const stored = await context.objects.put({ ...object, body }, singleAttempt(control))
        permit.done({ bytes: size })
        return stored
      } catch (error) {
        permit.done({ bytes: 0, congested: isCongestion(error) })
        return { ...(await outcome.resolve(error, observe(attempts))), verifiedBy: outcome.comparedBy }
      }
    }
    const { etag, verifiedBy } = await withTransferRetries(attempts, put, (error) => refusal.isPossible(error))
    control.meter.moved(size)
    return doneOf(file, { bytes: size, etag, resumedBytes: 0, verifiedBy })
  } catch (error) {
    return refusal.isFound ? undefined : skippedIfExisting(job, file, error)
  } finally {
    reservation.release()
  }
}

const checksumIn = (bytes: Uint8Array, algorithm: ChecksumAlgorithm | undefined) =>
  algorithm && { algorithm, value: base64FromBytes(checksumOf(algorithm, bytes)) }

/** The internal errors of one file in a row. */
class InternalErrors {
  /** Whether they may be due to the checksum. */
  isFound = false
  readonly #integrity: TransferContext['integrity']
  readonly #algorithm: ChecksumAlgorithm | undefined
  #count = 0

  constructor({ integrity }: TransferContext, algorithm: ChecksumAlgorithm | undefined) {
    this.#integrity = integrity
    this.#algorithm = algorithm
  }

  isPossible(error: unknown): boolean {
    const algorithm = this.#algorithm
    if (!isR2Error(error) || algorithm === undefined) return false
    this.#count = internalErrorsWith(error, this.#count)
    const sent = { integrity: this.#integrity, form: 'header', algorithm } as const
    this.isFound = this.#count > 0 && refusalOf(error, sent, this.#count) !== 'no'
    return this.isFound
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
