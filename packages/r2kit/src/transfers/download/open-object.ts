/** Finds out what there is to fetch: the first ranged GET tells size and version and brings the first bytes, in one round trip. */

import type { ObjectMetadata } from '../../client/fields/object-metadata.js'
import type { HeadObjectInput } from '../../client/objects/head-object.js'
import { isR2Error } from '../../errors/index.js'
import { singleAttempt } from '../context.js'
import { isCongestion, retryPart } from '../transfer-retries.js'
import type { DownloadJob, OpenObject, Range } from './job.js'

/** @throws R2Error `ObjectNotFound`, `PreconditionFailed`, `InvalidRange`, … as GetObject does */
export const openObject = async (job: DownloadJob): Promise<OpenObject> => {
  const { range } = job.input
  // Where a suffix begins is known only with the size.
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

/** As patient as the requests for ranges, which go on beside it: what refuses it for a while must not end them. */
export const askHead = ({ context, control, watch }: DownloadJob, target: HeadObjectInput): Promise<ObjectMetadata> => {
  const { signal } = control
  return retryPart(context, { watch, signal }, () => context.objects.head(target, singleAttempt(signal)))
}

/** Ends a request that nobody will read. */
export const dismiss = async ({ first }: OpenObject): Promise<void> => {
  first?.permit.done({ bytes: 0 })
  // One that is being read cannot be cancelled here; its reader ends it.
  await first?.body.cancel().catch(() => undefined)
}

const openByGet = ({ context, control, watch, input, rangeSizeBytes }: DownloadJob, asked: Range) =>
  retryPart(context, { watch, signal: control.signal }, async (): Promise<OpenObject> => {
    const { offset } = asked
    const range = { offset, length: Math.min(asked.length, rangeSizeBytes) }
    await control.whenRunning()
    const permit = await context.limit.acquire(control.signal)
    try {
      const options = singleAttempt(control.signal)
      // The client has checked that the response is the range that was asked for, or what the object has of it.
      const { body, ...metadata } = await context.objects.getStream({ ...input, range }, options)
      const { etag, size, contentRange = { offset, length: size } } = metadata
      return {
        metadata,
        version: { etag, size },
        wanted: { offset, length: Math.min(asked.length, size - offset) },
        first: { offset, length: contentRange.length, body, permit },
      }
    } catch (error) {
      permit.done({ bytes: 0, congested: isCongestion(error) })
      throw error
    }
  })

const openByHead = async (job: DownloadJob): Promise<OpenObject> => {
  const { range, ...target } = job.input
  const metadata = await askHead(job, target)
  return openKnown(metadata, range === undefined || !('suffix' in range) ? undefined : range.suffix)
}

const openKnown = (metadata: ObjectMetadata, suffix?: number): OpenObject => {
  const { etag, size } = metadata
  const offset = suffix === undefined ? 0 : Math.max(0, size - suffix)
  return { metadata, version: { etag, size }, wanted: { offset, length: size - offset }, first: undefined }
}
