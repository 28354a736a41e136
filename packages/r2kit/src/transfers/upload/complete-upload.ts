/** Makes the object of its parts, and makes sure of it. */
import { isR2Error, R2Error } from '../../errors/index.js'
import { cleanUpUpload } from './clean-up.js'
import { type OpenUpload, patiently, type UploadJob } from './job.js'
import type { UploadResult } from './options.js'
import type { PartList } from './part-list.js'
import { findWritten, isAmbiguous } from './settle.js'

interface Completed {
  readonly etag: string
  readonly checksum?: UploadResult['checksum']
  readonly versionId: string | undefined
}

/**
 * Completes the upload. An answer that was lost, and an upload that is gone on the second try, are settled by looking at
 * the object. What was stored has to have the ETag and the checksum that follow from the parts.
 */
export const completeUpload = async (job: UploadJob, upload: OpenUpload, parts: PartList): Promise<Completed> => {
  const { context, control, input } = job
  const expected = { size: parts.size, etag: parts.etag() }
  const crc64 = upload.fullObjectChecksum ? parts.crc64() : undefined
  const { bucket, key, uploadId } = upload
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince, ssec } = input
  const request = {
    bucket,
    key,
    uploadId,
    parts: parts.inOrder().map(({ partNumber, etag }) => ({ partNumber, etag })),
    ...definedOf({ ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince, ssec }),
  }
  const checksum = crc64 === undefined ? {} : { checksum: { algorithm: 'CRC64NVME', value: crc64 } as const }
  let maybeDone = false
  const attempt = async (withChecksum: boolean): Promise<Completed> => {
    const earlier = maybeDone ? await findWritten(job, expected) : undefined
    if (earlier !== undefined) {
      // The same object may be of an earlier run, whose completion came late: then this upload is still there.
      await cleanUpUpload(context, upload)
      return earlier
    }
    try {
      return await context.multipart.complete(
        { ...request, ...(withChecksum ? checksum : {}) },
        { signal: control.signal, maxAttempts: 1 },
      )
    } catch (error) {
      if (isAmbiguous(error)) maybeDone = true
      // The upload is gone: our own earlier try (or run) may have made the object of it.
      if (isR2Error(error, 'UploadNotFound') || (maybeDone && isR2Error(error, 'PreconditionFailed'))) {
        const found = await findWritten(job, expected)
        if (found !== undefined) {
          if (!isR2Error(error, 'UploadNotFound')) await cleanUpUpload(context, upload)
          return found
        }
      }
      if (!withChecksum || !isRefusal(error)) throw error
      const completed = await attempt(false)
      context.learned.refusesFullObjectChecksum = true
      return completed
    }
  }
  const completed = await patiently(job, () =>
    attempt(crc64 !== undefined && !context.learned.refusesFullObjectChecksum),
  )
  requireSame(completed, expected.etag, crc64, input.ssec === undefined)
  return completed
}

/** The server does not know what it was asked for: a header that not all of them have. */
export const isRefusal = (error: unknown): boolean => isR2Error(error, 'BadRequest', 'NotImplemented')

const isMultipartMd5 = (etag: string): boolean => /^[0-9a-f]{32}-\d+$/.test(etag)

const requireSame = (completed: Completed, etag: string, crc64: string | undefined, isMd5: boolean): void => {
  if (isMd5 && isMultipartMd5(completed.etag) && completed.etag !== etag) {
    throw new R2Error('IntegrityMismatch', `R2 made an object with the ETag ${completed.etag}; its parts make ${etag}`)
  }
  const { checksum } = completed
  if (checksum?.algorithm !== 'CRC64NVME' || crc64 === undefined || checksum.value === crc64) return
  throw new R2Error(
    'IntegrityMismatch',
    `R2 made an object with the CRC64NVME ${checksum.value}; its parts make ${crc64}`,
  )
}

/** The fields that have a value, for inputs whose fields are absent rather than undefined. */
const definedOf = <T extends object>(fields: T): { [Field in keyof T]?: Exclude<T[Field], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Field in keyof T]?: Exclude<T[Field], undefined>
  }
