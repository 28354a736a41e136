/** Downloads an object to a stream: ranges are fetched in parallel, and delivered in order. */
import type { StreamOutlet } from '../handle/stream-download.js'
import { DeferredVerifier } from './deferred-verifier.js'
import { resolveExpectedDigest } from './expected-digest.js'
import { type DownloadJob, resultOf } from './job.js'
import { cancelFirst, openObject } from './open-object.js'
import type { DownloadResult, StreamDownloadOptions } from './options.js'
import { OrderedDelivery } from './ranges/ordered-delivery.js'
import { countRanges, longestOf, rangesOf } from './ranges/plan.js'

export const downloadStream = async (
  job: DownloadJob<StreamDownloadOptions>,
  outlet: StreamOutlet<DownloadResult>,
): Promise<DownloadResult> => {
  const { control } = job
  const object = await openObject(job)
  const { first, wanted } = object
  try {
    const verifier = new DeferredVerifier(resolveExpectedDigest(job, object), neverRead)
    outlet.open(resultOf(object, undefined))
    const ranges = rangesOf(job, object)
    control.meter.plan({ totalBytes: wanted.length, totalParts: countRanges(ranges()) + (first ? 1 : 0) })
    const bufferBytes = Math.max(first?.length ?? 0, longestOf(ranges()))
    await new OrderedDelivery(job, object, outlet, verifier, bufferBytes).run(ranges())
    control.meter.state = 'verifying'
    const verifiedBy = await verifier.finish()
    outlet.close()
    return resultOf(object, verifiedBy)
  } catch (error) {
    await cancelFirst(object)
    throw error
  }
}

/** Bytes that arrive in order are never read back. */
const neverRead = {
  read: (position: number): never => {
    throw new Error(`the bytes from ${position} have been delivered`)
  },
}
