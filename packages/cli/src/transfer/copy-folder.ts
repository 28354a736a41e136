/** All that lies below a prefix to another one, on the server. */
import { isR2Error, type R2Client, R2Error } from 'r2kit'
import { endsTheCommand } from '../errors.js'
import { copyObject } from './copy-object.js'
import type { WriteOptions } from './object-fields.js'
import type { CopyTransfer } from './place.js'
import { liesWithin, type PrefixPlace } from './plan.js'
import { forEachConcurrent } from './pool.js'
import type { ItemResult } from './results.js'

export interface CopyFolderOptions extends WriteOptions {
  readonly concurrency: number
  readonly dryRun: boolean
  readonly onResult: (result: ItemResult) => Promise<void>
}

export const copyFolder = (
  r2: R2Client,
  source: PrefixPlace,
  target: PrefixPlace,
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
    await options.onResult(await copyOne(r2, source, transfer, size, options))
  })
}

const copyOne = async (
  r2: R2Client,
  folder: PrefixPlace,
  transfer: CopyTransfer,
  size: number,
  options: CopyFolderOptions,
): Promise<ItemResult> => {
  const { source, target } = transfer
  try {
    if (target.key === '') throw new R2Error('UnsafePath', 'its name would be empty at the target')
    if (liesWithin(folder, target.bucket, target.key))
      throw new R2Error('UnsafePath', 'its target lies within the source')
    if (options.dryRun) return { status: 'planned', source, target, bytes: size }
    return { status: 'done', source, target, outcome: await copyObject(r2, transfer, options) }
  } catch (error) {
    if (options.noClobber && isR2Error(error, 'PreconditionFailed'))
      return { status: 'skipped', source, target, reason: 'exists' }
    if (options.signal.aborted || endsTheCommand(error)) throw error
    return { status: 'failed', source, error }
  }
}
