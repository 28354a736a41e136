/** The stored value that can prove a whole object, as far as R2 has one. */
import { isMd5, partsOfEtag } from '../../client/fields/etag.js'
import type { ObjectMetadata } from '../../client/fields/object-metadata.js'
import { isR2Error, R2Error } from '../../errors/index.js'
import type { DownloadJob, OpenObject } from './job.js'
import { headWithRetries } from './open-object.js'
import { checksumSegmentBytes } from './ranges/plan.js'

/**
 * The digest that the object must have. Each segment of `segmentBytes` is hashed by itself: the parts of a multipart ETag, any
 * length for a CRC, because the CRC of the whole follows from those of its pieces. Without it the object is one segment.
 */
export type ExpectedDigest =
  | { readonly by: 'etag'; readonly value: string; readonly size: number; readonly segmentBytes?: number }
  | { readonly by: 'CRC64NVME'; readonly value: string; readonly size: number; readonly segmentBytes: number }

/** Before this day, R2's multipart ETags were no hash (developers.cloudflare.com/r2/objects/multipart-objects). */
const partHashesSince = Date.UTC(2023, 5, 21)

/**
 * Resolves with undefined where nothing is to be proved (`verify: false`), or nothing can be: a range, an object whose ETag is no
 * hash. A CRC-64/NVME is preferred where R2 has one: it takes a third of MD5's time, in any order. R2 returns it only on HEAD,
 * which is not worth a request for an object that arrived with its first response.
 */
export const resolveExpectedDigest = async (
  job: DownloadJob,
  object: OpenObject,
): Promise<ExpectedDigest | undefined> => {
  const { version, wanted, metadata, first } = object
  const { etag, size } = version
  if (job.options.verify === false || wanted.length !== size) return undefined
  // The ETag of an object with a customer's key is undocumented.
  const isHash = metadata.ssecKeyMd5 === undefined && job.input.ssec === undefined
  if (isHash && isMd5(etag) && (size === 0 || first?.length === size)) return { by: 'etag', value: etag, size }
  // Without a first response, the metadata came by HEAD already.
  const { checksum } = first === undefined ? metadata : ((await headVersion(job, object)) ?? metadata)
  if (checksum?.algorithm === 'CRC64NVME' && checksum.type !== 'COMPOSITE') {
    return {
      by: 'CRC64NVME',
      value: checksum.value,
      size,
      segmentBytes: checksumSegmentBytes(size, job.rangeSizeBytes),
    }
  }
  if (!isHash) return undefined
  if (isMd5(etag)) return { by: 'etag', value: etag, size }
  const parts = partsOfEtag(etag) ?? 0
  if (parts === 0 || metadata.lastModified.getTime() < partHashesSince) return undefined
  const segmentBytes = parts === 1 ? size : await partSizeOf(job, object, parts)
  return segmentBytes === undefined ? undefined : { by: 'etag', value: etag, size, segmentBytes }
}

/** R2's parts are equal but for the last, so the size of the first is that of all. */
const partSizeOf = async (job: DownloadJob, object: OpenObject, parts: number): Promise<number | undefined> => {
  const partSize = (await headVersion(job, object, 1))?.contentRange?.length
  return partSize !== undefined && Math.ceil(object.version.size / partSize) === parts ? partSize : undefined
}

/** Undefined where the server does not support the request. */
const headVersion = async (
  job: DownloadJob,
  { version }: OpenObject,
  partNumber?: number,
): Promise<ObjectMetadata | undefined> => {
  const { bucket, key, ssec } = job.input
  const target = { bucket, key, ifMatch: version.etag, ...(ssec && { ssec }), ...(partNumber && { partNumber }) }
  try {
    return await headWithRetries(job, target)
  } catch (error) {
    if (isR2Error(error, 'PreconditionFailed', 'ObjectNotFound')) {
      throw new R2Error('ObjectChanged', 'the object changed while it was being read', { bucket, key, cause: error })
    }
    // A server without part numbers: nothing is proved, and the result has no `verifiedBy`.
    if (isR2Error(error, 'NotImplemented', 'BadRequest', 'InvalidRange', 'InvalidPart')) return undefined
    throw error
  }
}
