import { isMd5 } from '../../client/fields/etag.js'
import { R2Error } from '../../errors/index.js'
import { singleAttempt } from '../context.js'
import type { OpenUpload, UploadJob } from './job.js'
import type { UploadedPart } from './part-list.js'
import { PartHash } from './parts.js'
import { type BodyToSend, sendBody } from './send-body.js'

/** Sends a part until it has arrived: until the server's ETag is the MD5 of what was sent. */
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
    // Unverified, the server's own hash stands for that of the bytes.
    const digest = hash?.digest() ?? { md5: etag, crc64: undefined }
    requireEtag(input.ssec === undefined, etag, digest.md5, `part ${partNumber}`)
    return { partNumber, length: counted.size, etag, ...digest }
  })
}

/** What the ETag of an object with a customer's key is made of is not documented, so there it proves nothing. */
export const requireEtag = (isHash: boolean, etag: string, md5: string, what: string): void => {
  if (!isHash || !isMd5(etag) || etag === md5) return
  throw new R2Error('IntegrityMismatch', `R2 stored ${what} with the MD5 ${etag}, but the bytes sent have ${md5}`)
}

export async function* hashed(
  source: AsyncIterable<Uint8Array>,
  hash: { update(chunk: Uint8Array): void },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hash.update(chunk)
    yield chunk
  }
}
