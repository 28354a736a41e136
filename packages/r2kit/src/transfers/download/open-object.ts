/**
 * Opens the object of a download. The first ranged GET shows size and version, and carries the first bytes, in one round-trip
 * time.
 */
import type { ObjectMetadata } from '../../client/fields/object-metadata.js'
import type { HeadObjectInput } from '../../client/objects/head-object.js'
import { versionEtag } from '../../client/objects/version-etag.js'
import { isR2Error } from '../../errors/index.js'
import { singleAttempt } from '../operations.js'
import { isCongestion, withTransferRetries } from '../transfer-retries.js'
import type { DownloadJob, OpenObject, Range } from './job.js'

/** @throws R2Error `ObjectNotFound`, `PreconditionFailed`, `InvalidRange`, … as GetObject does */
export const openObject = async (job: DownloadJob): Promise<OpenObject> => {
  const { range } = job.input
  // The offset of a suffix is known only with the size.
  if (range !== undefined && 'suffix' in range) return openByHead(job)
  const { offset, length = Number.POSITIVE_INFINITY } = range ?? { offset: 0 }
  try {
    return await openByGet(job, { offset, length })
  } catch (error) {
    // An empty object has no byte that a range could begin with.
    if (offset === 0 && isR2Error(error, 'InvalidRange')) return openByHead(job)
    throw error
  }
}

/** Sends a HEAD with the retries of a transfer, so that a temporary refusal does not end ranges in flight. */
export const headWithRetries = (job: DownloadJob, target: HeadObjectInput): Promise<ObjectMetadata> =>
  withTransferRetries(job, () => job.context.objects.head(target, singleAttempt(job.control)))

/** Cancels the first response, where nothing has read it. */
export const cancelFirst = async ({ first }: OpenObject): Promise<void> => {
  first?.permit.done({ bytes: 0 })
  // A body with a reader cannot be cancelled here; its reader ends it.
  await first?.body.cancel().catch(() => undefined)
}

const openByGet = (job: DownloadJob, asked: Range): Promise<OpenObject> => {
  const { context, control, input, rangeSizeBytes } = job
  const { offset } = asked
  const range = { offset, length: Math.min(asked.length, rangeSizeBytes) }
  return withTransferRetries(job, async () => {
    await control.whenRunning()
    const permit = await context.limit.acquire(control.signal)
    try {
      const options = singleAttempt(control)
      // The client has checked that the response is this range, or the part of it that the object has.
      const { body, ...metadata } = await context.objects.getStream({ ...input, range }, { ...options, resume: false })
      if (metadata.etag === '') await body.cancel()
      const { size, contentRange = { offset, length: size } } = metadata
      return {
        metadata,
        version: { etag: etagOf(metadata), size },
        wanted: { offset, length: Math.min(asked.length, size - offset) },
        first: { offset, length: contentRange.length, body, permit },
      }
    } catch (error) {
      permit.done({ bytes: 0, congested: isCongestion(error) })
      throw error
    }
  })
}

/** Without it, ranges could be of different versions. */
const etagOf = (metadata: ObjectMetadata): string => versionEtag(metadata, 'the version of the object is unknown')

const openByHead = async (job: DownloadJob): Promise<OpenObject> => {
  const { range, ...target } = job.input
  const metadata = await headWithRetries(job, target)
  const { size } = metadata
  const offset = range !== undefined && 'suffix' in range ? Math.max(0, size - range.suffix) : 0
  return {
    metadata,
    version: { etag: etagOf(metadata), size },
    wanted: { offset, length: size - offset },
    first: undefined,
  }
}
