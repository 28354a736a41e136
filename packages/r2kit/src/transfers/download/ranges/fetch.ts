/** Reads one range until all of it has arrived: each attempt begins with the first byte that is missing. */
import { getPinnedRange } from '../../../client/objects/pinned-range.js'
import { R2Error } from '../../../errors/index.js'
import { drain, type TakeBytes } from '../../../http/index.js'
import type { Permit } from '../../adaptive-limit.js'
import { singleAttempt } from '../../context.js'
import { isCongestion, retryPart } from '../../transfer-retries.js'
import type { DownloadJob, OpenObject, Range } from '../job.js'

/** Ends the reading of a response that brings more than is still wanted of it. */
const enough = new Error('the rest of the range is fetched by another request')

/**
 * @param range its `length` may become less meanwhile: as soon as that much has come, this is done
 * @param take gets the bytes in order; what it returns is waited for, and the socket meanwhile
 * @param started the permit that the first attempt runs under, and its response where there is one already
 */
export const fetchRange = async (
  job: DownloadJob,
  object: OpenObject,
  range: Range,
  started: { readonly permit: Permit; readonly body?: ReadableStream<Uint8Array> },
  take: TakeBytes,
): Promise<void> => {
  const { context, control, watch } = job
  let first: typeof started | undefined = started
  let received = 0
  let isSpoilt = false
  await retryPart(context, { watch, signal: control.signal, isFinal: () => isSpoilt }, async () => {
    const before = received
    const { permit, body } = first ?? { permit: await nextPermit(job) }
    first = undefined
    let congested = false
    try {
      const rest = { offset: range.offset + received, length: range.length - received }
      if (rest.length === 0) return
      await drain(body ?? (await ask(job, object, rest)), (chunk) => {
        if (received - before + chunk.byteLength > rest.length) {
          // What came before it is handed on already, and no more to be believed.
          isSpoilt = true
          throw new R2Error(
            'InvalidResponse',
            `the response is longer than the ${rest.length} bytes that were asked for`,
          )
        }
        const wanted = chunk.subarray(0, range.length - received)
        const taken = take(wanted)
        received += wanted.byteLength
        permit.moved(wanted.byteLength)
        control.meter.moved(wanted.byteLength)
        watch.mark()
        const isEnough = received === range.length && received - before < rest.length
        return isEnough ? stopAfter(taken) : taken
      }).catch((error: unknown) => {
        if (error !== enough) throw error
      })
      const missing = range.length - received
      if (missing > 0) {
        throw new R2Error('StreamInterrupted', `the response ended ${missing} of ${rest.length} bytes too early`)
      }
    } catch (error) {
      congested = isCongestion(error)
      throw error
    } finally {
      permit.done({ bytes: received - before, congested })
    }
  }).finally(() => started.permit.done({ bytes: 0 })) // Where the end of the transfer came before the first attempt.
}

const stopAfter = async (taken: Promise<void> | undefined): Promise<never> => {
  await taken
  throw enough
}

const nextPermit = async ({ context, control }: DownloadJob): Promise<Permit> => {
  await control.whenRunning()
  return context.limit.acquire(control.signal)
}

const ask = async ({ context, control, input }: DownloadJob, { version }: OpenObject, range: Range) => {
  const options = singleAttempt(control.signal)
  const response = await getPinnedRange((...call) => context.objects.getStream(...call), input, version, range, options)
  return response.body
}
