/** What R2 keeps that can prove a whole object. */

import { isMd5 } from '../../client/fields/etag.js'
import type { ObjectMetadata } from '../../client/fields/object-metadata.js'
import { isR2Error, R2Error } from '../../errors/index.js'
import type { DownloadJob, OpenObject } from './job.js'
import type { ExpectedDigest } from './object-verifier.js'
import { askHead } from './open-object.js'
import { checksumSegmentBytes } from './ranges/plan.js'

/** Before this day, R2's multipart ETags were no hash (developers.cloudflare.com/r2/objects/multipart-objects). */
const partHashesSince = Date.UTC(2023, 5, 21)

/**
 * Undefined where nothing is asked for or nothing can be proved: a range, an object whose ETag is no hash. A CRC-64/NVME is
 * preferred where R2 has one: it takes a third of MD5's time, in any order. It takes a HEAD to learn it, which an object that
 * came with its first response is not worth.
 */
export const resolveExpectedDigest = async (
  job: DownloadJob,
  object: OpenObject,
): Promise<ExpectedDigest | undefined> => {
  const { version, wanted, metadata, first } = object
  const { etag, size } = version
  if (job.options.verify === false || wanted.length !== size) return undefined
  // What the ETag of an object with a customer's key is made of is not documented.
  const isHash = metadata.ssecKeyMd5 === undefined && job.input.ssec === undefined
  if (isHash && isMd5(etag) && (size === 0 || first?.length === size)) return { by: 'etag', value: etag, size }
  // Where there is no first response, the metadata came by HEAD already.
  const { checksum } = first === undefined ? metadata : ((await look(job, object)) ?? metadata)
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
  const parts = Number(/^[0-9a-f]{32}-(\d+)$/.exec(etag)?.[1] ?? 0)
  if (parts === 0 || metadata.lastModified.getTime() < partHashesSince) return undefined
  const segmentBytes = parts === 1 ? size : await partSizeOf(job, object, parts)
  return segmentBytes === undefined ? undefined : { by: 'etag', value: etag, size, segmentBytes }
}

/** R2's parts are equal but for the last, so the first tells of all. */
const partSizeOf = async (job: DownloadJob, object: OpenObject, parts: number): Promise<number | undefined> => {
  const partSize = (await look(job, object, 1))?.contentRange?.length
  return partSize !== undefined && Math.ceil(object.version.size / partSize) === parts ? partSize : undefined
}

const look = async (
  job: DownloadJob,
  { version }: OpenObject,
  partNumber?: number,
): Promise<ObjectMetadata | undefined> => {
  const { bucket, key, ssec } = job.input
  const target = { bucket, key, ifMatch: version.etag, ...(ssec && { ssec }), ...(partNumber && { partNumber }) }
  try {
    return await askHead(job, target)
  } catch (error) {
    if (isR2Error(error, 'PreconditionFailed', 'ObjectNotFound')) {
      throw new R2Error('ObjectChanged', 'the object changed while it was being read', { bucket, key, cause: error })
    }
    // A server that knows no part numbers: without them nothing is proved, and the result says so.
    if (isR2Error(error, 'NotImplemented', 'BadRequest', 'InvalidRange', 'InvalidPart')) return undefined
    throw error
  }
}
