/** Completes an upload, and verifies the object that it made. */
import { partsOfEtag } from '../../client/fields/etag.js'
import type { CompleteMultipartUploadInput } from '../../client/multipart/complete-multipart-upload.js'
import { isR2Error, R2Error } from '../../errors/index.js'
import { singleAttempt } from '../context.js'
import { type OpenUpload, patiently, type UploadJob } from './job.js'
import type { UploadResult } from './options.js'
import type { PartList } from './part-list.js'
import { observe, resolverFor } from './write-outcome.js'

interface Completed {
  readonly etag: string
  readonly checksum?: UploadResult['checksum']
  readonly versionId: string | undefined
}

/**
 * Completes the upload, as often as it takes. An attempt without a clear response is resolved by looking: at the object, and
 * at the upload, which exists until it is completed. The object has to have the ETag and the checksum that follow from the
 * parts.
 */
export const completeUpload = async (job: UploadJob, upload: OpenUpload, parts: PartList): Promise<Completed> => {
  const { context, control, input } = job
  const etag = parts.etag()
  const crc64 = upload.fullObjectChecksum ? parts.crc64() : undefined
  const outcome = resolverFor(job, {
    size: parts.size,
    isCompletion: true,
    // They went with the creation of the upload.
    wereChecked: true,
    mayBeStored: upload.isResumed === true,
    etag: () => (input.ssec === undefined ? etag : undefined),
  })
  const complete = async (request: CompleteMultipartUploadInput): Promise<Completed> => {
    try {
      return await context.multipart.complete(request, singleAttempt(control.signal))
    } catch (error) {
      if (isRefusal(error)) throw error
      return await outcome.resolve(error, observe(job, upload))
    }
  }
  const plain = requestOf(job, upload, parts)
  const completed = await patiently(job, async () => {
    if (crc64 === undefined || context.learned.refusesFullObjectChecksum) return complete(plain)
    try {
      return await complete({ ...plain, checksum: { algorithm: 'CRC64NVME', value: crc64 } })
    } catch (error) {
      if (!isRefusal(error)) throw error
      const withoutChecksum = await complete(plain)
      context.learned.refusesFullObjectChecksum = true
      return withoutChecksum
    }
  })
  requireSame(completed, input.ssec === undefined ? etag : undefined, crc64)
  return completed
}

const requestOf = ({ input }: UploadJob, upload: OpenUpload, parts: PartList): CompleteMultipartUploadInput => {
  const { bucket, key, uploadId } = upload
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince, ssec } = input
  return {
    bucket,
    key,
    uploadId,
    parts: parts.inOrder().map(({ partNumber, etag }) => ({ partNumber, etag })),
    ...definedOf({ ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince, ssec }),
  }
}

/** The server does not know what was asked of it: a header that not all servers support. */
export const isRefusal = (error: unknown): boolean => isR2Error(error, 'BadRequest', 'NotImplemented')

/** @param etag undefined where it cannot be known */
const requireSame = (completed: Completed, etag: string | undefined, crc64: string | undefined): void => {
  if (etag !== undefined && partsOfEtag(completed.etag) !== undefined && completed.etag !== etag) {
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
