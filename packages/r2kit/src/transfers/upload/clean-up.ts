/**
 * Aborts an upload and checks that it is gone. A part that was in flight can arrive after the abort, which is then repeated.
 */
import { sleep } from '../../base/clock.js'
import { noop } from '../../base/noop.js'
import type { UploadAddress } from '../../client/fields/upload-address.js'
import { isR2Error } from '../../errors/index.js'
import { eventErrorOf } from '../../observability/event-error.js'
import { backoffMs } from '../../resilience/index.js'
import type { TransferContext } from '../context.js'

const attempts = 4
const backoff = { baseDelayMs: 500, maxDelayMs: 2_000, jitter: 0 }
/** Longest delay of an error that is waited for, in milliseconds. An open circuit breaker refuses requests for 30 s by default. */
const retryAfterMsMax = 60_000

/** Never rejects, so that it hides no earlier error: a failure is a warning. To be called when no part is in flight. */
export const cleanUpUpload = async (
  context: TransferContext,
  { bucket, key, uploadId }: UploadAddress,
): Promise<void> => {
  const upload = { bucket, key, uploadId }
  let lastError: unknown
  for (let attempt = 0; attempt < attempts; attempt++) {
    // When the client is disposed, the next request fails.
    if (attempt > 0)
      await sleep(context.clock, delayBefore(attempt, lastError, context.random), context.disposed).catch(noop)
    try {
      await isGone(context.multipart.abort(upload))
      if (await isGone(context.multipart.listParts({ ...upload, maxParts: 1 }))) return
    } catch (error) {
      lastError = error
      if (isR2Error(error) && !error.retryable) break
      context.warn(`aborting the unfinished upload of ${bucket}/${key} failed, trying again`, error)
    }
  }
  const problem = lastError === undefined ? undefined : eventErrorOf(lastError)
  context.events?.emit({ type: 'multipart.abortFailed', ...upload, error: problem })
  context.warn(
    `the unfinished upload ${uploadId} of ${bucket}/${key} could not be aborted; its parts are stored until it is`,
    lastError,
  )
}

const delayBefore = (attempt: number, lastError: unknown, random: () => number): number => {
  const asked = isR2Error(lastError) ? (lastError.retryAfterMs ?? 0) : 0
  return Math.max(backoffMs(backoff, attempt, random), Math.min(asked, retryAfterMsMax))
}

/** Whether the request fails because there is no such upload. */
const isGone = async (request: Promise<unknown>): Promise<boolean> => {
  try {
    await request
    return false
  } catch (error) {
    if (isR2Error(error, 'UploadNotFound')) return true
    throw error
  }
}
