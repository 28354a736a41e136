/** A copy of an object that is too large for one CopyObject: a multipart upload whose parts R2 copies. */
import { noop } from '../../base/noop.js'
import { R2Error } from '../../errors/index.js'
import { partCountMax, partSizeBytesMax, refuseInput } from '../../validation/index.js'
import type { Conditions } from '../fields/conditions.js'
import type { HttpMetadata } from '../fields/description.js'
import type { ObjectAddress } from '../fields/object-address.js'
import type { ObjectMetadata } from '../fields/object-metadata.js'
import type { CustomerKey } from '../fields/ssec.js'
import { abortMultipartUpload } from '../multipart/abort-multipart-upload.js'
import { completeMultipartUpload } from '../multipart/complete-multipart-upload.js'
import { createMultipartUpload } from '../multipart/create-multipart-upload.js'
import { uploadPartCopy } from '../multipart/upload-part-copy.js'
import type { CallOptions } from '../operation.js'
import type { Runtime } from '../runtime.js'
import { headObject } from './head-object.js'

/** Limits of copies, in bytes. */
export interface CopyLimits {
  /** Largest object that one CopyObject copies. */
  readonly singleCopyBytesMax: number
  /** Size of every part but the last. It is raised where 10,000 parts would not hold the object. */
  readonly partBytes: number
}

/** R2's limit of one request also holds for copied parts. Source: developers.cloudflare.com/r2/platform/limits. */
export const copyLimits: CopyLimits = { singleCopyBytesMax: partSizeBytesMax, partBytes: 512 * 1024 * 1024 }

const concurrency = 4

interface PartCopyInput extends ObjectAddress, Conditions {
  readonly source: ObjectAddress
  readonly ssec?: CustomerKey | undefined
  readonly sourceSsec?: CustomerKey | undefined
}

/**
 * Copies an object in parts, with its metadata. The copy is stored only if the source was one version throughout: R2 has no
 * conditions on the source of a part (501). A copy that fails is aborted.
 *
 * @param found the source, as HEAD returned it
 */
export const copyInParts = async (
  runtime: Runtime,
  input: PartCopyInput,
  found: ObjectMetadata,
  limits: CopyLimits,
  options: CallOptions,
) => {
  const { bucket, key, source, ssec, sourceSsec } = input
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = input
  const conditions = { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince }
  const description = descriptionOf(found)
  const created = { bucket, key, ssec, ...description, ...conditions }
  const { uploadId } = await runtime.execute(createMultipartUpload, created, options)
  const upload = { bucket, key, uploadId }
  try {
    const parts = await copyParts(partsOf(found.size, limits), async ({ partNumber, sourceRange }) => {
      const part = { ...upload, partNumber, source, sourceRange, ssec, sourceSsec }
      const { etag } = await runtime.execute(uploadPartCopy, part, options)
      return { partNumber, etag }
    })
    await requireUnchanged(runtime, input, found, options)
    return await runtime.execute(completeMultipartUpload, { ...upload, parts, ssec, ...conditions }, options)
  } catch (error) {
    // Best effort, without the caller's signal: the first error matters more, and R2 aborts unfinished uploads after 7 days.
    await runtime.execute(abortMultipartUpload, upload).catch(noop)
    throw error
  }
}

interface Part {
  readonly partNumber: number
  readonly sourceRange: { readonly offset: number; readonly length: number }
}

const partsOf = (size: number, { partBytes }: CopyLimits): Part[] => {
  const length = Math.max(partBytes, Math.ceil(size / partCountMax))
  return Array.from({ length: Math.ceil(size / length) }, (_, index) => ({
    partNumber: index + 1,
    sourceRange: { offset: index * length, length: Math.min(length, size - index * length) },
  }))
}

/** Copies a few parts at a time. After a failure no further part begins, and those in flight end before this rejects. */
const copyParts = async <T>(parts: readonly Part[], copy: (part: Part) => Promise<T>): Promise<T[]> => {
  const left = parts.values()
  const copied: T[] = []
  let hasFailed = false
  const work = async () => {
    for (const part of left) {
      if (hasFailed) return
      try {
        copied[part.partNumber - 1] = await copy(part)
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  }
  const results = await Promise.allSettled(Array.from({ length: concurrency }, work))
  for (const result of results) if (result.status === 'rejected') throw result.reason
  return copied
}

const requireUnchanged = async (
  runtime: Runtime,
  { source, sourceSsec: ssec }: PartCopyInput,
  found: ObjectMetadata,
  options: CallOptions,
): Promise<void> => {
  if (isSameVersion(await runtime.execute(headObject, { ...source, ssec }, options), found)) return
  throw new R2Error('ObjectChanged', 'the source was replaced while it was copied', {
    operation: 'HeadObject',
    ...source,
    hint: 'Nothing was stored. Begin the copy again.',
  })
}

/** Whether two responses describe one version. Times have whole seconds; an equal object written within one is as good. */
export const isSameVersion = (one: ObjectMetadata, other: ObjectMetadata): boolean =>
  one.etag === other.etag && one.size === other.size && one.lastModified.getTime() === other.lastModified.getTime()

/** The description of a source as a new upload takes it. @throws R2Error `InvalidInput` where it could not be kept */
const descriptionOf = (found: ObjectMetadata) => {
  const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, metadata } = found
  const { storageClass, missingMetadata } = found
  const http: HttpMetadata = { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage }
  const expires = found.expires === undefined ? undefined : new Date(found.expires)
  if (missingMetadata > 0 || Number.isNaN(expires?.getTime())) {
    const what = missingMetadata > 0 ? 'metadata whose names are not ASCII' : 'an Expires header that is not a date'
    throw refuseInput('source', `has ${what}, which a copy in parts cannot keep`, 'Copy the object with a Worker.')
  }
  return { ...http, expires, metadata, storageClass }
}
