/** Downloads an object to one Uint8Array: ranges are fetched in parallel. */
import { R2Error } from '../../errors/index.js'
import { DeferredVerifier } from './deferred-verifier.js'
import { resolveExpectedDigest } from './expected-digest.js'
import { type DownloadJob, type RangeStore, resultOf } from './job.js'
import { cancelFirst, openObject } from './open-object.js'
import type { BytesDownloadOptions, BytesDownloadResult } from './options.js'
import { countRanges, rangesOf } from './ranges/plan.js'
import { UnorderedDelivery } from './ranges/unordered-delivery.js'

const maxBytesDefault = 128 * 1024 * 1024

export const downloadBytes = async (job: DownloadJob<BytesDownloadOptions>): Promise<BytesDownloadResult> => {
  const { control, options } = job
  const { maxBytes = maxBytesDefault } = options
  const object = await openObject(job)
  const { length } = object.wanted
  try {
    if (length > maxBytes) {
      throw new R2Error('ResponseTooLarge', `the object has ${length} bytes, over the limit of ${maxBytes}`)
    }
    const body = new Uint8Array(length)
    const store = storeIn(body)
    const verifier = new DeferredVerifier(resolveExpectedDigest(job, object), store)
    const ranges = rangesOf(job, object, [], verifier)
    control.meter.plan({ totalBytes: length, totalParts: countRanges(ranges()) + (object.first ? 1 : 0) })
    await new UnorderedDelivery(job, object, { store, verifier, batchBytes: 0 }).run(ranges())
    control.meter.state = 'verifying'
    return { ...resultOf(object, await verifier.finish()), body }
  } catch (error) {
    await cancelFirst(object)
    throw error
  }
}

const storeIn = (bytes: Uint8Array): RangeStore => ({
  write(position, chunk) {
    bytes.set(chunk, position)
    return undefined
  },
  read: async (position, length) => bytes.subarray(position, position + length),
})
