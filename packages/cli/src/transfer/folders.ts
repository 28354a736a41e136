/** Folders up and down, by the client's transfers; what it says of each file becomes a result of the command. */
import type { R2Client } from 'r2kit'
import type { DirectoryOptions, DirectorySummary, FileResult, Resumed, UploadDirectoryOptions } from 'r2kit/transfers'
import { guessedType, type ObjectFields } from './object-fields.js'
import { verifiedOf } from './outcome.js'
import type { FilePlace, ObjectPlace } from './place.js'
import type { Plan } from './plan.js'
import type { ItemResult } from './results.js'

export type FolderPlan = Extract<Plan, { readonly kind: 'upload-folder' | 'download-folder' }>

export interface FolderOptions extends Omit<UploadDirectoryOptions, 'onResult' | 'onResume'> {
  readonly fields: ObjectFields
  readonly onItem: (result: ItemResult) => void | Promise<void>
  readonly onItemResume?: (source: FilePlace | ObjectPlace, resumed: Resumed) => void
}

export const transferFolder = (
  r2: R2Client,
  plan: FolderPlan,
  { fields, onItem, onItemResume, followLinks = false, ...options }: FolderOptions,
): PromiseLike<DirectorySummary> => {
  const up = plan.kind === 'upload-folder'
  const { bucket } = up ? plan.target : plan.source
  const file = (path: string): FilePlace => ({ kind: 'file', path })
  const object = (key: string): ObjectPlace => ({ kind: 'object', bucket, key })
  /** Whatever is known of a file: what could not be a key has none. */
  const wayOf = ({ path, key }: { readonly path?: string; readonly key?: string }) => {
    const [source, target] = up
      ? [path === undefined ? undefined : file(path), key === undefined ? undefined : object(key)]
      : [key === undefined ? undefined : object(key), path === undefined ? undefined : file(path)]
    return { source: source ?? file(''), ...(target !== undefined && { target }) }
  }
  const shared: DirectoryOptions = {
    ...options,
    onResult: (result) => onItem(itemOf(result, wayOf)),
    ...(onItemResume && { onResume: (moved, resumed) => onItemResume(wayOf(moved).source, resumed) }),
  }
  return up
    ? r2.transfers.uploadDirectory(
        plan.path,
        { ...plan.target, contentType: guessedType, ...fields },
        { ...shared, followLinks },
      )
    : r2.transfers.downloadDirectory(plan.source, plan.path, shared)
}

const itemOf = (
  result: FileResult,
  wayOf: (result: FileResult) => {
    readonly source: FilePlace | ObjectPlace
    readonly target?: FilePlace | ObjectPlace
  },
): ItemResult => {
  const { source, target } = wayOf(result)
  switch (result.status) {
    case 'planned':
      return { status: 'planned', source, target: target ?? source, bytes: result.bytes }
    case 'done': {
      const { bytes, etag, verifiedBy } = result
      return {
        status: 'done',
        source,
        target: target ?? source,
        outcome: { bytes, etag, verified: verifiedOf(verifiedBy) },
      }
    }
    case 'skipped':
      return { status: 'skipped', source, ...(target && { target }), reason: result.reason }
    case 'failed':
      return { status: 'failed', source, ...(target && { target }), error: result.error }
  }
}
