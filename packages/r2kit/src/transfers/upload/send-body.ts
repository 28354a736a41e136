/** Sends a body, or a part, until it has arrived: hashed, counted and retried. */
import { isMd5 } from '../../client/fields/etag.js'
import { R2Error } from '../../errors/index.js'
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
    const open = hash === undefined ? () => counted.open() : () => hashed(counted.open(), hash)
    const { etag } = await context.multipart.uploadPart(
      { bucket, key, uploadId, partNumber, body: { size: counted.size, open }, verify: false, ...ssec },
      singleAttempt(control.signal),
    )
    // Without verification, the server's hash is the only one there is.
    const digest = hash?.digest() ?? { md5: etag, crc64: undefined }
    requireEtag(input.ssec === undefined, etag, digest.md5, `part ${partNumber}`)
    return { partNumber, length: counted.size, etag, ...digest }
  })
}

/**
 * Compares an ETag with the MD5 of the bytes that were sent. An ETag that is no MD5 proves nothing and fails nothing.
 *
 * @param isHash false for objects with a customer's key, whose ETags are undocumented
 * @throws R2Error `IntegrityMismatch`
 */
export const requireEtag = (isHash: boolean, etag: string, md5: string, what: string): void => {
  if (!isHash || !isMd5(etag) || etag === md5) return
  throw new R2Error('IntegrityMismatch', `R2 stored ${what} with the MD5 ${etag}, but the bytes sent have ${md5}`)
}

/** Yields the chunks of a body, and hashes them on the way. */
export async function* hashed(
  source: AsyncIterable<Uint8Array>,
  hash: { update(chunk: Uint8Array): void },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hash.update(chunk)
    yield chunk
  }
}
