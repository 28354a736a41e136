/** Fetches one range. Each attempt requests the bytes that are still missing. */
import { getPinnedRange } from '../../../client/objects/pinned-range.js'
import { R2Error } from '../../../errors/index.js'
import { type ChunkConsumer, drain } from '../../../http/body/drain.js'
import type { Permit } from '../../adaptive-limit.js'
import { singleAttempt } from '../../operations.js'
import { isCongestion, withTransferRetries } from '../../transfer-retries.js'
import type { DownloadJob, OpenObject, Range } from '../job.js'

/** Ends the reading of a response that has more bytes than are still wanted. */
const enough = new Error('the rest of the range is fetched by another request')

/** The permit of the first attempt, with its response where that is open already. */
export interface FirstAttempt {
  readonly permit: Permit
  readonly body?: ReadableStream<Uint8Array>
}

/**
 * Resolves when the whole range has been consumed.
 *
 * @param range its `length` may shrink meanwhile; the range is done as soon as that many bytes have arrived
 * @param consume receives the bytes in order. While its promise is pending, the connection waits.
 */
export const fetchRange = async (
  job: DownloadJob,
  object: OpenObject,
  range: Range,
  first: FirstAttempt,
  consume: ChunkConsumer,
): Promise<void> => {
  const { control, watch } = job
  let next: FirstAttempt | undefined = first
  let received = 0
  let isTainted = false
  const attempt = async () => {
    const before = received
    const { permit, body } = next ?? { permit: await acquirePermit(job) }
    next = undefined
    let congested = false
    try {
      const missing = { offset: range.offset + received, length: range.length - received }
      if (missing.length === 0) return
      await drain(body ?? (await request(job, object, missing)), (chunk) => {
        if (received - before + chunk.byteLength > missing.length) {
          // Its earlier bytes have been delivered, and cannot be trusted any more.
          isTainted = true
          throw new R2Error('InvalidResponse', `the response is longer than the ${missing.length} bytes requested`)
        }
        const wanted = chunk.subarray(0, range.length - received)
        const consumed = consume(wanted)
        received += wanted.byteLength
        permit.moved(wanted.byteLength)
        control.meter.moved(wanted.byteLength)
        watch.mark()
        const isEnough = received === range.length && received - before < missing.length
        return isEnough ? stopAfter(consumed) : consumed
      }).catch((error: unknown) => {
        if (error !== enough) throw error
      })
      const lost = range.length - received
      if (lost > 0) {
        throw new R2Error('StreamInterrupted', `the response ended ${lost} of ${missing.length} bytes too early`)
      }
    } catch (error) {
      congested = isCongestion(error)
      throw error
    } finally {
      permit.done({ bytes: received - before, congested })
    }
  }
  // The transfer may have ended before the first attempt.
  const retried = withTransferRetries(
    job,
    attempt,
    () => isTainted,
    () => received,
  )
  await retried.finally(() => first.permit.done({ bytes: 0 }))
}

const stopAfter = async (consumed: Promise<void> | undefined): Promise<never> => {
  await consumed
  throw enough
}

const acquirePermit = async ({ context, control }: DownloadJob): Promise<Permit> => {
  await control.whenRunning()
  return context.limit.acquire(control.signal)
}

const request = async ({ context, control, input }: DownloadJob, { version }: OpenObject, range: Range) => {
  const options = singleAttempt(control)
  const response = await getPinnedRange(
    (target, call) => context.objects.getStream(target, { ...call, resume: false }),
    input,
    version,
    range,
    options,
  )
  return response.body
}
