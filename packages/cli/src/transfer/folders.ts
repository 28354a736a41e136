/** Uploads and downloads of folders: runs the client's directory transfers and converts their results. */
import type { R2Client } from 'r2kit'
import type { DirectoryOptions, DirectorySummary, FileResult, Resumed, UploadDirectoryOptions } from 'r2kit/transfers'
import type { FileLocation, ObjectLocation } from './location.js'
import { contentTypeOf, type ObjectFields } from './object-fields.js'
import type { Plan } from './plan.js'
import { type ItemResult, verifiedOf } from './result.js'

/** The plan of a folder upload or download. */
export type FolderPlan = Extract<Plan, { readonly kind: 'upload-folder' | 'download-folder' }>

/** Options of `transferFolder`. */
export interface FolderOptions extends Omit<UploadDirectoryOptions, 'onResult' | 'onResume'> {
  readonly fields: ObjectFields
  /** Called with the result for each file. Awaited, so a slow callback applies backpressure. */
  readonly onItem: (result: ItemResult) => void | Promise<void>
  /** Called when the transfer of a large file resumes. */
  readonly onItemResume?: (source: FileLocation | ObjectLocation, resumed: Resumed) => void
}

/** Source and target of a file, as far as known: a file whose name is not a valid key has no target. */
interface FileRoute {
  readonly source: FileLocation | ObjectLocation
  readonly target?: FileLocation | ObjectLocation
}

type RouteOf = (file: { readonly path?: string; readonly key?: string }) => FileRoute

/** Uploads or downloads a folder. */
export const transferFolder = (
  r2: R2Client,
  plan: FolderPlan,
  { fields, onItem, onItemResume, followLinks = false, ...options }: FolderOptions,
): PromiseLike<DirectorySummary> => {
  const isUpload = plan.kind === 'upload-folder'
  const { bucket } = isUpload ? plan.target : plan.source
  const routeOf: RouteOf = ({ path, key }) => {
    const file: FileLocation | undefined = path === undefined ? undefined : { kind: 'file', path }
    const object: ObjectLocation | undefined = key === undefined ? undefined : { kind: 'object', bucket, key }
    const [source, target] = isUpload ? [file, object] : [object, file]
    return { source: source ?? { kind: 'file', path: '' }, ...(target !== undefined && { target }) }
  }
  const shared: DirectoryOptions = {
    ...options,
    onResult: (result) => onItem(itemOf(result, routeOf)),
    ...(onItemResume && { onResume: (file, resumed) => onItemResume(routeOf(file).source, resumed) }),
  }
  return isUpload
    ? r2.transfers.uploadDirectory(
        plan.path,
        { ...plan.target, contentType: contentTypeOf, ...fields },
        { ...shared, followLinks },
      )
    : r2.transfers.downloadDirectory(plan.source, plan.path, shared)
}

const itemOf = (result: FileResult, routeOf: RouteOf): ItemResult => {
  const { source, target } = routeOf(result)
  switch (result.status) {
    case 'planned':
      return { status: 'planned', source, target: target ?? source, bytes: result.bytes }
    case 'done': {
      const { bytes, etag, verifiedBy } = result
      const outcome = { bytes, etag, verified: verifiedOf(verifiedBy) }
      return { status: 'done', source, target: target ?? source, outcome }
    }
    case 'skipped':
      return { status: 'skipped', source, ...(target && { target }), reason: result.reason }
    case 'failed':
      return { status: 'failed', source, ...(target && { target }), error: result.error }
  }
}
