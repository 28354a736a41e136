/** Sends a body, or a part, until it has arrived: hashed, counted and retried. */
import { requireMd5Etag } from '../../client/fields/etag.js'
import { hashedBody } from '../../client/fields/hashed-body.js'
import type { Permit } from '../adaptive-limit.js'
import { type SizedBody, singleAttempt } from '../operations.js'
import { isCongestion, withTransferRetries } from '../transfer-retries.js'
import type { OpenUpload, UploadJob } from './job.js'
import { PartHash, type UploadedPart } from './parts.js'

export interface BodyToSend extends SizedBody {
  /** The permit of the first attempt, where it has been acquired. Later attempts queue for a new one. */
  readonly permit?: Permit
}

/**
 * Sends a body until `send` succeeds.
 *
 * @param send makes the request with the body it receives, and verifies the response
 */
export const sendBody = <T>(
  job: UploadJob,
  body: BodyToSend,
  send: (counted: SizedBody, attempt: number) => Promise<T>,
): Promise<T> => {
  const { context, control, watch } = job
  const { signal, meter } = control
  return withTransferRetries(job, async (attempt) => {
    const permit = (attempt === 1 ? body.permit : undefined) ?? (await context.limit.acquire(signal))
    let moved = 0
    const counted: SizedBody = {
      size: body.size,
      async *open() {
        for await (const chunk of body.open()) {
          moved += chunk.byteLength
          permit.moved(chunk.byteLength)
          meter.moved(chunk.byteLength)
          yield chunk
        }
      },
    }
    try {
      const response = await send(counted, attempt)
      permit.done({ bytes: moved })
      watch.mark()
      return response
    } catch (error) {
      permit.done({ bytes: moved, congested: isCongestion(error) })
      meter.moved(-moved)
      throw error
    }
    // The transfer may have ended before the first attempt.
  }).finally(() => body.permit?.done({ bytes: 0 }))
}

/** Sends a part until the server's ETag is the MD5 of the bytes that were sent. */
export const sendPart = (
  job: UploadJob,
  upload: OpenUpload,
  partNumber: number,
  part: BodyToSend,
): Promise<UploadedPart> => {
  const { context, control, input } = job
  const { bucket, key, uploadId } = upload
  const ssec = input.ssec === undefined ? {} : { ssec: input.ssec }
  return sendBody(job, part, async (counted) => {
    const hash = input.verify === false ? undefined : new PartHash(upload.fullObjectChecksum)
    const open =
      hash === undefined ? () => counted.open() : () => hashedBody(counted.open(), (chunk) => hash.update(chunk))
    const { etag } = await context.multipart.uploadPart(
      { bucket, key, uploadId, partNumber, body: { size: counted.size, open }, verify: false, ...ssec },
      singleAttempt(control),
    )
    // Without verification, the server's hash is the only one there is.
    const digest = hash?.digest() ?? { md5: etag, crc64: undefined }
    // The ETag of a part with a customer's key is undocumented.
    if (input.ssec === undefined) requireMd5Etag(etag, digest.md5, `part ${partNumber}`)
    return { partNumber, length: counted.size, etag, ...digest }
  })
}
