/** Completes an upload, and verifies the object that it made. */
import { partsOfEtag } from '../../client/fields/etag.js'
import type { CompleteMultipartUploadInput } from '../../client/multipart/complete-multipart-upload.js'
import { isR2Error, R2Error } from '../../errors/index.js'
import { type StoredObject, singleAttempt } from '../operations.js'
import { withTransferRetries } from '../transfer-retries.js'
import type { OpenUpload, UploadJob } from './job.js'
import type { PartList } from './parts.js'
import { observe, resolverFor } from './write-outcome.js'

/**
 * Completes the upload with as many attempts as it takes. An attempt without a clear response is resolved by looking at the
 * object, and at the upload, which exists until it is completed. The object must have the ETag and the checksum that follow
 * from the parts.
 */
export const completeUpload = async (job: UploadJob, upload: OpenUpload, parts: PartList): Promise<StoredObject> => {
  const { context, control, input } = job
  const etag = parts.etag()
  const crc64 = upload.fullObjectChecksum ? parts.crc64() : undefined
  const outcome = resolverFor(job, {
    size: parts.size,
    isCompletion: true,
    // The conditions were sent with the creation of the upload.
    wereChecked: true,
    mayBeStored: upload.isResumed === true,
    etag: () => (input.ssec === undefined ? etag : undefined),
  })
  const complete = async (request: CompleteMultipartUploadInput): Promise<StoredObject> => {
    try {
      return await context.multipart.complete(request, singleAttempt(control))
    } catch (error) {
      if (isUnsupported(error)) throw error
      return await outcome.resolve(error, observe(job, upload))
    }
  }
  const plain = requestOf(job, upload, parts)
  const completed = await withTransferRetries(job, async () => {
    if (crc64 === undefined || context.serverCapabilities.refusesFullObjectChecksum) return complete(plain)
    try {
      return await complete({ ...plain, checksum: { algorithm: 'CRC64NVME', value: crc64 } })
    } catch (error) {
      if (!isUnsupported(error)) throw error
      const withoutChecksum = await complete(plain)
      context.serverCapabilities.refusesFullObjectChecksum = true
      return withoutChecksum
    }
  })
  requireSame(completed, input.ssec === undefined ? etag : undefined, crc64)
  const { bucket, key, uploadId } = upload
  const { count, size } = parts
  context.events?.emit({ type: 'multipart.completed', bucket, key, uploadId, parts: count, bytes: size })
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

/** Whether the server refused a header that it does not support. */
export const isUnsupported = (error: unknown): boolean => isR2Error(error, 'BadRequest', 'NotImplemented')

/** @param etag undefined where it cannot be known */
const requireSame = (completed: StoredObject, etag: string | undefined, crc64: string | undefined): void => {
  if (etag !== undefined && partsOfEtag(completed.etag) !== undefined && completed.etag !== etag) {
    throw new R2Error(
      'IntegrityMismatch',
      `R2 made an object with the ETag ${completed.etag}, but its parts have ${etag}`,
    )
  }
  const { checksum } = completed
  if (checksum?.algorithm !== 'CRC64NVME' || crc64 === undefined || checksum.value === crc64) return
  throw new R2Error(
    'IntegrityMismatch',
    `R2 made an object with the CRC64NVME ${checksum.value}, but its parts have ${crc64}`,
  )
}

/** The fields that have a value, for inputs whose absent fields must not be `undefined`. */
const definedOf = <T extends object>(fields: T): { [Field in keyof T]?: Exclude<T[Field], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Field in keyof T]?: Exclude<T[Field], undefined>
  }
