/** Leaves nothing behind: aborts an upload, and looks again, because a part that was on its way may arrive after the abort. */
import { sleep } from '../../base/clock.js'
import type { UploadAddress } from '../../client/fields/upload-address.js'
import { isR2Error } from '../../errors/index.js'
import type { TransferContext } from '../context.js'

const rounds = 4
const pauseMs = 250

/** Never throws: what fails is a warning, so that it hides no error. To be called when no part is under way any more. */
export const cleanUpUpload = async (
  context: TransferContext,
  { bucket, key, uploadId }: UploadAddress,
): Promise<void> => {
  const upload = { bucket, key, uploadId }
  let lastError: unknown
  for (let round = 0; round < rounds; round++) {
    if (round > 0) await sleep(context.clock, pauseMs * 2 ** round)
    try {
      await gone(context.multipart.abort(upload))
      // An upload that is gone has no parts to list; while one is listed it is not gone.
      if (await gone(context.multipart.listParts({ ...upload, maxParts: 1 }))) return
    } catch (error) {
      lastError = error
      if (isR2Error(error) && !error.retryable) break
      context.warn(`aborting the unfinished upload of ${bucket}/${key} failed, trying again`, error)
    }
  }
  context.warn(
    `the unfinished upload ${uploadId} of ${bucket}/${key} could not be aborted; its parts are stored until it is`,
    lastError,
  )
}

/** Whether the server says that there is no such upload. */
const gone = async (call: Promise<unknown>): Promise<boolean> => {
  try {
    await call
    return false
  } catch (error) {
    if (isR2Error(error, 'UploadNotFound')) return true
    throw error
  }
}
