/** Completes an upload, and verifies the object that it made. */
import type { ObjectChecksum, PartChecksumAlgorithm } from '../../client/fields/checksum.js'
import { partsOfEtag } from '../../client/fields/etag-proof.js'
import type { CompleteMultipartUploadInput } from '../../client/multipart/complete-multipart-upload.js'
import { isR2Error, R2Error } from '../../errors/index.js'
import { type StoredObject, singleAttempt } from '../operations.js'
import { withTransferRetries } from '../transfer-retries.js'
import type { OpenUpload, UploadJob } from './job.js'
import type { PartList } from './parts.js'
import { isWholeRefused, refuteWhole, WholeRefusal } from './whole-checksum.js'
import { observe, WriteResolver } from './write-outcome.js'

/**
 * Completes the upload with as many attempts as it takes. An attempt without a clear response is resolved by looking at the
 * object, and at the upload, which exists until it is completed. The object must have the ETag and the checksum that follow
 * from the parts.
 */
export const completeUpload = async (job: UploadJob, upload: OpenUpload, parts: PartList): Promise<StoredObject> => {
  const { context, control, input } = job
  const etag = parts.etag()
  const checksum = upload.isDeclared ? parts.checksum() : undefined
  const outcome = new WriteResolver(job, {
    size: parts.size,
    isCompletion: true,
    // The conditions were sent with the creation of the upload.
    wereChecked: true,
    mayBeStored: upload.isResumed === true,
    etag: () => (input.ssec === undefined ? etag : undefined),
    checksum: () => (upload.algorithm && checksum ? { algorithm: upload.algorithm, value: checksum } : undefined),
  })
  const complete = async (request: CompleteMultipartUploadInput): Promise<StoredObject> => {
    try {
      return await context.multipart.complete(request, singleAttempt(control))
    } catch (error) {
      // Nothing was made.
      if (isR2Error(error, 'BadRequest', 'NotImplemented')) throw error
      return await outcome.resolve(error, observe(job, upload))
    }
  }
  const plain = requestOf(job, upload, parts)
  const refusal = new WholeRefusal(context)
  const completed = await withTransferRetries(job, async () => {
    const { algorithm } = upload
    if (checksum === undefined || algorithm === undefined || isWholeRefused(context, algorithm)) return complete(plain)
    try {
      return await complete(withChecksum(plain, algorithm, checksum, parts))
    } catch (error) {
      if (!refusal.isPossible(error, algorithm)) throw error
      const withoutChecksum = await complete(plain)
      refuteWhole(context, algorithm, error)
      return withoutChecksum
    }
  })
  requireSame(completed, input.ssec === undefined ? etag : undefined, upload, parts)
  if (upload.algorithm !== undefined && isSameChecksum(completed.checksum, upload, parts) === true)
    context.integrity.confirm('upload', upload.algorithm)
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

/** A checksum of all bytes is sent for the whole, one of the parts' checksums is listed part by part. */
const withChecksum = (
  plain: CompleteMultipartUploadInput,
  algorithm: PartChecksumAlgorithm,
  value: string,
  parts: PartList,
): CompleteMultipartUploadInput => {
  if (algorithm === 'CRC64NVME') return { ...plain, checksum: { algorithm, value } }
  const listed = parts.inOrder().map(({ partNumber, etag, checksum = '' }) => ({
    partNumber,
    etag,
    checksum: { algorithm, value: checksum },
  }))
  return { ...plain, parts: listed }
}

/** @param etag undefined where it cannot be known */
const requireSame = (completed: StoredObject, etag: string | undefined, upload: OpenUpload, parts: PartList): void => {
  if (etag !== undefined && partsOfEtag(completed.etag) !== undefined && completed.etag !== etag) {
    throw new R2Error(
      'IntegrityMismatch',
      `R2 made an object with the ETag ${completed.etag}, but its parts have ${etag}`,
    )
  }
  if (isSameChecksum(completed.checksum, upload, parts) !== false) return
  throw new R2Error(
    'IntegrityMismatch',
    `R2 made an object with the ${upload.algorithm} ${completed.checksum?.value}, but its parts have ${parts.checksum()}`,
  )
}

/** Compares the checksum of an object with that of its parts; undefined where one of them is unknown. */
export const isSameChecksum = (
  stored: ObjectChecksum | undefined,
  { algorithm, isDeclared }: OpenUpload,
  parts: PartList,
): boolean | undefined => {
  const value = isDeclared ? parts.checksum() : undefined
  if (stored === undefined || value === undefined || stored.algorithm !== algorithm) return undefined
  // Servers report composite checksums with or without the number of parts.
  return stored.value === value || (stored.type !== 'FULL_OBJECT' && stored.value === value.replace(/-\d+$/, ''))
}

/** The fields that have a value, for inputs whose absent fields must not be `undefined`. */
const definedOf = <T extends object>(fields: T): { [Field in keyof T]?: Exclude<T[Field], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Field in keyof T]?: Exclude<T[Field], undefined>
  }
