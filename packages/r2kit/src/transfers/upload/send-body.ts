/** Sends a body, or a part, until it has arrived: verified, counted and retried. */
import type { PartChecksumAlgorithm } from '../../client/fields/checksum.js'
import { hashedBody } from '../../client/fields/hashed-body.js'
import type { Permit } from '../adaptive-limit.js'
import { type SizedBody, singleAttempt } from '../operations.js'
import { isCongestion, withTransferRetries } from '../transfer-retries.js'
import { BodyGuard } from './body-guard.js'
import type { OpenUpload, UploadJob } from './job.js'
import type { UploadedPart } from './parts.js'
import type { SlicedSource } from './source.js'

export interface BodyToSend extends SizedBody {
  /** The permit of the first attempt, where it has been acquired. Later attempts queue for a new one. */
  readonly permit?: Permit | undefined
}

/**
 * Sends a body until `send` succeeds.
 *
 * @param send makes the request with the body it receives, and verifies the response. It may open the body more than once; the
 *   bytes of the last time count.
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
      open() {
        meter.moved(-moved)
        moved = 0
        return hashedBody(body.open(), ({ byteLength }) => {
          moved += byteLength
          permit.moved(byteLength)
          meter.moved(byteLength)
        })
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

/** The bytes of a part in their source. */
export interface PartBytes {
  readonly source: SlicedSource
  readonly offset: number
  readonly length: number
}

type PartGuard = BodyGuard<PartChecksumAlgorithm>

/** Makes the guard of a part, which sends it. */
export const guardPart = (
  { context, control, input, integrity }: UploadJob,
  { algorithm }: OpenUpload,
  partNumber: number,
  { source, offset, length }: PartBytes,
): PartGuard =>
  new BodyGuard({
    support: context.integrity,
    integrity,
    form: 'part',
    algorithm,
    hasMd5Etag: input.ssec === undefined,
    what: `part ${partNumber}`,
    scan: (visit) => source.scan(offset, length, visit, control.signal),
    prepared: (bytes) => control.meter.prepared(bytes),
  })

/** Sends a part until the server has shown that it stored these bytes. */
export const sendPart = (
  job: UploadJob,
  { bucket, key, uploadId }: OpenUpload,
  partNumber: number,
  { source, offset, length }: PartBytes,
  guard: PartGuard,
  permit?: Permit,
): Promise<UploadedPart> => {
  const { context, control, input } = job
  const ssec = input.ssec === undefined ? {} : { ssec: input.ssec }
  return sendBody(job, { size: length, open: () => source.slice(offset, length), permit }, async (counted) => {
    const { response, md5, checksum, verifiedBy } = await guard.send(counted, (body, check) =>
      context.multipart.uploadPart(
        { bucket, key, uploadId, partNumber, body, ...check, verify: false, ...ssec },
        singleAttempt(control),
      ),
    )
    return { partNumber, length, etag: response.etag, md5, checksum, verifiedBy }
  })
}
