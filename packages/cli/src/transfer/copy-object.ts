/** One object to another on the server: no byte passes through here. */
import type { R2Client } from 'r2kit'
import type { WriteOptions } from './object-fields.js'
import type { Outcome } from './outcome.js'
import type { CopyTransfer } from './place.js'

/** Fields that are given replace the source's, the others stay (R2's metadata directive MERGE). */
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
      // What was listed is what is copied: a `mv` must not delete a version that it has not copied.
      ...(source.etag !== undefined && { sourceIfMatch: source.etag }),
      ...(Object.keys(fields).length > 0 && { metadataDirective: 'MERGE' as const, ...fields }),
      // Not the condition of uploads, by which an equal object passes for this one: the description of a copy is not known here,
      // and a move deletes its source.
      ...(noClobber && { ifNoneMatch: '*' as const }),
    },
    { signal },
  )
  return { bytes, etag, verified: 'server' }
}
