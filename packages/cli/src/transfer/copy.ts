/** Copies on the server: one object, or all objects under a prefix. The bytes do not pass through this process. */
import { isR2Error, type R2Client, R2Error } from 'r2kit'
import { affectsEveryObject } from '../errors/error-report.js'
import type { CopyTransfer } from './location.js'
import type { WriteOptions } from './object-fields.js'
import { type FolderLocation, isWithin } from './plan.js'
import { forEachConcurrent } from './pool.js'
import type { ItemResult, Outcome } from './result.js'

/** Copies one object. Fields that are set replace those of the source; the others are kept (R2's metadata directive MERGE). */
export const copyObject = async (
  r2: R2Client,
  { source, target, size }: CopyTransfer,
  { signal, fields, noClobber }: WriteOptions,
): Promise<Outcome> => {
  const bytes = size ?? (await r2.objects.head({ bucket: source.bucket, key: source.key }, { signal })).size
  const { etag } = await r2.objects.copy(
    {
      bucket: target.bucket,
      key: target.key,
      source: { bucket: source.bucket, key: source.key },
      // Copies exactly the listed version, because `mv` must not delete a version that it has not copied.
      ...(source.etag !== undefined && { sourceIfMatch: source.etag }),
      ...(Object.keys(fields).length > 0 && { metadataDirective: 'MERGE' as const, ...fields }),
      // Without `unknownOutcome: 'equal'`, unlike uploads: the description of the copy is not known here, and `mv` deletes the
      // source.
      ...(noClobber && { ifNoneMatch: '*' as const }),
    },
    { signal },
  )
  return { bytes, etag, verified: 'server' }
}

/** Options of `copyFolder`. */
export interface CopyFolderOptions extends WriteOptions {
  /** Number of objects that are copied concurrently. */
  readonly concurrency: number
  /** Reports each copy as planned, and copies nothing. */
  readonly dryRun: boolean
  /** Called with the result for each object. Awaited, so a slow callback applies backpressure. */
  readonly onResult: (result: ItemResult) => Promise<void>
}

/**
 * Copies all objects under a prefix. The failure of one object is reported to `onResult`, and the others are copied.
 *
 * @throws the error if it affects every object, such as wrong credentials
 */
export const copyFolder = (
  r2: R2Client,
  source: FolderLocation,
  target: FolderLocation,
  options: CopyFolderOptions,
): Promise<void> => {
  const listed = r2.objects.listAll(source, { signal: options.signal })
  return forEachConcurrent(listed, options.concurrency, options.signal, async ({ key, size, etag }) => {
    const transfer: CopyTransfer = {
      kind: 'copy',
      source: { kind: 'object', bucket: source.bucket, key, etag },
      target: { kind: 'object', bucket: target.bucket, key: target.prefix + key.slice(source.prefix.length) },
      size,
    }
    await options.onResult(await copyListed(r2, source, transfer, size, options))
  })
}

const copyListed = async (
  r2: R2Client,
  folder: FolderLocation,
  transfer: CopyTransfer,
  size: number,
  options: CopyFolderOptions,
): Promise<ItemResult> => {
  const { source, target } = transfer
  try {
    if (target.key === '') throw new R2Error('UnsafePath', 'its name would be empty at the target')
    if (isWithin(folder, target.bucket, target.key)) throw new R2Error('UnsafePath', 'its target is within the source')
    if (options.dryRun) return { status: 'planned', source, target, bytes: size }
    return { status: 'done', source, target, outcome: await copyObject(r2, transfer, options) }
  } catch (error) {
    if (options.noClobber && isR2Error(error, 'PreconditionFailed'))
      return { status: 'skipped', source, target, reason: 'exists' }
    if (options.signal.aborted || affectsEveryObject(error)) throw error
    return { status: 'failed', source, error }
  }
}
