/** The stored value that can prove a whole object, as far as R2 has one. */
import { isCrc } from '../../base/checksums/combine.js'
import { isComposite, isDigest, type ObjectChecksum, overAllBytes } from '../../client/fields/checksum.js'
import { isMd5 } from '../../client/fields/etag.js'
import { partsOfEtag } from '../../client/fields/etag-proof.js'
import type { ObjectMetadata } from '../../client/fields/object-metadata.js'
import type { VerifiedBy } from '../../client/fields/upload-proof.js'
import { isR2Error, R2Error } from '../../errors/index.js'
import type { DownloadJob, OpenObject } from './job.js'
import { headWithRetries } from './open-object.js'
import { checksumSegmentBytes, partSegmentBytes } from './ranges/plan.js'

/**
 * The digest that the object must have. Each segment of `segmentBytes` is hashed by itself: a part, or any piece for a CRC, because
 * the CRC of a whole follows from those of its pieces. Without it the object is one segment.
 */
export interface ExpectedDigest {
  readonly by: VerifiedBy
  /** Hex for an ETag, base64 for a checksum; both followed by `-` and the number of parts where they cover the hashes of parts. */
  readonly value: string
  readonly size: number
  readonly segmentBytes?: number | undefined
  /** Size of all parts but the last, where the value covers the hashes of parts. A multiple of `segmentBytes`. */
  readonly partBytes?: number | undefined
}

/** Before this day, R2's multipart ETags were no hash (developers.cloudflare.com/r2/objects/multipart-objects). */
const partHashesSince = Date.UTC(2023, 5, 21)

/**
 * Resolves with undefined where nothing is to be proved (`verify: false`), or nothing can be: a range, an object whose ETag is no
 * hash. The cheapest proof is preferred: a CRC, whose pieces may arrive in any order, then a SHA (which has instructions of its own
 * on current CPUs), then the MD5 in the ETag. R2 may omit the checksum in responses to ranges; a HEAD for it is not worth a request
 * where the object arrived with its first response.
 */
export const resolveExpectedDigest = async (
  job: DownloadJob,
  object: OpenObject,
): Promise<ExpectedDigest | undefined> => {
  const { version, wanted, metadata, first } = object
  const { etag, size } = version
  const { verify = job.context.integrity.default !== 'none' } = job.options
  if (!verify || wanted.length !== size) return undefined
  // The ETag of an object with a customer's key is undocumented.
  const isHash = metadata.ssecKeyMd5 === undefined && job.input.ssec === undefined
  const md5OfWhole: ExpectedDigest | undefined = isHash && isMd5(etag) ? { by: 'etag', value: etag, size } : undefined
  if (first === undefined || size === 0 || first.length === size) {
    // A checksum in the response to a shorter range may be that of the range. Without a first response, the metadata came by HEAD.
    const checksum = ofWhole(job, metadata.checksum, size) ?? md5OfWhole
    if (checksum !== undefined) return checksum
  }
  const parts = partsOfEtag(etag)
  // A checksum of parts' checksums cannot be that of a range.
  const isKnown = first === undefined || (metadata.checksum !== undefined && isComposite(metadata.checksum))
  // Requested together: one round-trip time.
  const [whole, partBytes] = await Promise.all([
    isKnown ? metadata : headVersion(job, object),
    parts === undefined || parts === 1 ? size : partSizeOf(job, object, parts),
  ])
  const { checksum, lastModified } = whole ?? metadata
  const ofObject = isKnown ? undefined : ofWhole(job, checksum, size)
  const ofParts = partBytes === undefined ? undefined : ofPartHashes(checksum, size, partBytes)
  if (ofObject !== undefined || ofParts !== undefined || md5OfWhole !== undefined)
    return ofObject ?? ofParts ?? md5OfWhole
  if (!isHash || parts === undefined || partBytes === undefined || lastModified.getTime() < partHashesSince)
    return undefined
  return { by: 'etag', value: etag, size, segmentBytes: partBytes, partBytes }
}

/** The proof by a checksum of all bytes. */
const ofWhole = (job: DownloadJob, stored: ObjectChecksum | undefined, size: number): ExpectedDigest | undefined => {
  const checksum = overAllBytes(stored)
  if (checksum === undefined) return undefined
  const { algorithm: by, value } = checksum
  if (!isCrc(by)) return { by, value, size }
  return { by, value, size, segmentBytes: checksumSegmentBytes(size, job.rangeSizeBytes) }
}

/** The proof by a checksum of the parts' checksums. */
const ofPartHashes = (
  checksum: ObjectChecksum | undefined,
  size: number,
  partBytes: number,
): ExpectedDigest | undefined => {
  if (checksum === undefined || !isComposite(checksum)) return undefined
  const { algorithm: by } = checksum
  const parts = Math.ceil(size / partBytes)
  const [value = '', count = String(parts)] = checksum.value.split('-')
  if (count !== String(parts) || !isDigest({ algorithm: by, value })) return undefined
  const segmentBytes = isCrc(by) ? partSegmentBytes(partBytes) : partBytes
  return { by, value: `${value}-${parts}`, size, segmentBytes, partBytes }
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
