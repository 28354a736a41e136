/**
 * From two addresses to the transfers they mean. A plan is a stream, made anew for each reader: the dry run prints it, the
 * progress line counts it, the transfer works it off, and none of them ever holds all of it.
 *
 * The rules for folders, as `r2 cp --help` states them: a folder's contents are copied, never the folder itself, and a
 * trailing slash on either side of a recursive copy changes nothing.
 */
import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import type { R2Client } from 'r2kit'
import { type Address, folderPrefix, formatR2Address, lastSegment, type R2Address } from '../address.js'
import { UsageError } from '../usage-error.js'
import { fileNameOf } from './file-name.js'
import type { ObjectPlace, Transfer } from './place.js'
import { TargetFolder, UnsafeTarget } from './target-folder.js'
import { walk } from './walk.js'

export type PlanItem =
  | { readonly kind: 'transfer'; readonly transfer: Transfer }
  | { readonly kind: 'skipped'; readonly source: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly source: string; readonly error: unknown }

export interface Plan {
  /** Whether there may be more than one item. */
  readonly recursive: boolean
  /** Whether standard output carries the object's bytes, so that nothing else may be written there. */
  readonly toStdout: boolean
  /** What the command says when the plan turns out to be empty; undefined where that is no mistake. */
  readonly whenEmpty: string | undefined
  items(): AsyncIterable<PlanItem>
}

export interface PlanRequest {
  readonly source: Address
  readonly target: Address
  readonly recursive: boolean
  /** The target is the exact key or file, even if it ends in `/` or is a folder. */
  readonly exact: boolean
  readonly followSymlinks: boolean
  readonly stdin: Readable
  readonly r2: R2Client
  readonly signal: AbortSignal
}

/** @throws UsageError where the two addresses make no sense together. */
export const planTransfers = async (request: PlanRequest): Promise<Plan> => {
  const { source, target } = request
  if (source.kind === 'r2') {
    if (target.kind === 'r2')
      return request.recursive ? copyFolder(request, source, target) : copyObject(request, source, target)
    if (target.kind === 'local') {
      return request.recursive
        ? downloadFolder(request, source, target.path)
        : downloadObject(request, source, target.path)
    }
    if (request.recursive) throw new UsageError('A folder cannot go to standard output.', 'Name one object.')
    return single({ kind: 'download-stream', source: objectOf(source), target: { kind: 'stdout' }, size: undefined })
  }
  if (target.kind !== 'r2') throw new UsageError('Neither address is on R2.', 'Write r2://bucket/key for one of them.')
  if (source.kind === 'pipe') {
    if (request.recursive) throw new UsageError('Standard input is not a folder.', 'Leave out --recursive.')
    return uploadStream(request, target, '-', () => request.stdin)
  }
  return uploadLocal(request, source.path, target)
}

const one = async function* (item: PlanItem): AsyncGenerator<PlanItem> {
  yield item
}

const single = (transfer: Transfer): Plan => ({
  recursive: false,
  toStdout: transfer.target.kind === 'stdout',
  whenEmpty: undefined,
  items: () => one({ kind: 'transfer', transfer }),
})

const objectOf = (address: R2Address): ObjectPlace => {
  if (address.key === '') {
    const text = `r2://${address.bucket}`
    throw new UsageError(`"${text}" is a bucket.`, 'Name an object, or add --recursive for all that the bucket holds.')
  }
  return { kind: 'object', bucket: address.bucket, key: address.key }
}

/** The key that a single source gets: a target that is a bucket or ends in `/` is a folder, and `name` goes into it. */
const targetKey = (request: PlanRequest, target: R2Address, name: string): ObjectPlace => {
  const isFolder = !request.exact && (target.key === '' || target.key.endsWith('/'))
  if (isFolder && name === '') {
    throw new UsageError(
      'The source has no name that could be put into a folder.',
      'Write the whole target, with --exact if it ends in "/".',
    )
  }
  return objectOf({ ...target, key: isFolder ? target.key + name : target.key })
}

const uploadStream = (request: PlanRequest, target: R2Address, name: string, open: () => Readable): Plan =>
  single({
    kind: 'upload-stream',
    // A pipe that is silent must not keep Ctrl-C from working.
    source: { kind: 'stream', name, open: () => addAbortSignal(request.signal, open()) },
    target: targetKey(request, target, name === '-' ? '' : basename(name)),
    size: undefined,
  })

const uploadLocal = async (request: PlanRequest, path: string, target: R2Address): Promise<Plan> => {
  const found = await stat(path)
  if (found.isDirectory()) {
    if (request.recursive) return uploadFolder(request, path, target)
    throw new UsageError(`"${path}" is a folder.`, 'Add --recursive to copy what it holds.')
  }
  // `r2 cp <(command) r2://…` gives a pipe by name.
  if (!found.isFile()) return uploadStream(request, target, path, () => createReadStream(path))
  return single({
    kind: 'upload',
    source: { kind: 'file', path },
    target: targetKey(request, target, basename(path)),
    size: found.size,
  })
}

const uploadFolder = (request: PlanRequest, root: string, target: R2Address): Plan => {
  const prefix = folderPrefix(target.key)
  return {
    recursive: true,
    toStdout: false,
    whenEmpty: undefined,
    items: async function* () {
      for await (const entry of walk(root, { followSymlinks: request.followSymlinks })) {
        if (entry.kind === 'failed') yield { kind: 'failed', source: entry.path, error: entry.error }
        else if (entry.kind === 'skipped') yield { kind: 'skipped', source: entry.path, reason: entry.reason }
        else {
          const place: ObjectPlace = { kind: 'object', bucket: target.bucket, key: prefix + entry.name }
          const source = { kind: 'file', path: entry.path } as const
          yield { kind: 'transfer', transfer: { kind: 'upload', source, target: place, size: entry.size } }
        }
      }
    },
  }
}

const downloadObject = async (request: PlanRequest, source: R2Address, path: string): Promise<Plan> => {
  const object = objectOf(source)
  const namesFolder = path.endsWith('/') || path.endsWith(sep)
  const isFolder = !request.exact && (namesFolder || (await isExistingFolder(path)))
  if (isFolder) {
    const name = fileNameOf(lastSegment(source.key))
    if (!name.ok)
      throw new UsageError(`The key's last part cannot be a file name: ${name.reason}.`, 'Write the whole target path.')
    return single({
      kind: 'download',
      source: object,
      target: { kind: 'file', path: join(path, ...name.segments) },
      size: undefined,
    })
  }
  // The user's own link is followed, as `cp` does; a rename would replace it.
  const real = await realpath(path).catch(() => path)
  return single({ kind: 'download', source: object, target: { kind: 'file', path: real }, size: undefined })
}

const isExistingFolder = async (path: string): Promise<boolean> => {
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() === true
}

const emptyFolder = (source: R2Address): string =>
  `Nothing lies under ${formatR2Address(source.bucket, folderPrefix(source.key))}`

const listFolder = (request: PlanRequest, source: R2Address) =>
  request.r2.objects.listAll({ bucket: source.bucket, prefix: folderPrefix(source.key) }, { signal: request.signal })

const downloadFolder = (request: PlanRequest, source: R2Address, path: string): Plan => {
  const prefix = folderPrefix(source.key)
  const folder = new TargetFolder(path)
  return {
    recursive: true,
    toStdout: false,
    whenEmpty: emptyFolder(source),
    items: async function* () {
      for await (const { key, size } of listFolder(request, source)) {
        // The folder's own marker; the target folder is there anyway.
        const relative = key.slice(prefix.length)
        const name = relative === '' ? { ok: true as const, segments: [], isFolder: true } : fileNameOf(relative)
        const from = { kind: 'object', bucket: source.bucket, key } as const
        if (!name.ok) {
          yield { kind: 'failed', source: formatR2Address(source.bucket, key), error: new UnsafeTarget(name.reason) }
        } else if (name.isFolder && size > 0) {
          const error = new UnsafeTarget('a key that ends in "/" is a folder, and this one has content')
          yield { kind: 'failed', source: formatR2Address(source.bucket, key), error }
        } else {
          const { segments, isFolder } = name
          const target = { kind: 'below', folder, segments, isFolder } as const
          yield { kind: 'transfer', transfer: { kind: 'download', source: from, target, size } }
        }
      }
    },
  }
}

const copyObject = (request: PlanRequest, source: R2Address, target: R2Address): Plan =>
  single({
    kind: 'copy',
    source: objectOf(source),
    target: targetKey(request, target, lastSegment(source.key)),
    size: undefined,
  })

const copyFolder = (request: PlanRequest, source: R2Address, target: R2Address): Plan => {
  const from = folderPrefix(source.key)
  const to = folderPrefix(target.key)
  // Copies would appear in the listing that is being worked off, and be copied again, without end.
  const landsInSource = (key: string) => source.bucket === target.bucket && key.startsWith(from)
  if (landsInSource(to)) throw new UsageError('The target lies within the source.', 'Choose a target outside of it.')
  return {
    recursive: true,
    toStdout: false,
    whenEmpty: emptyFolder(source),
    items: async function* () {
      for await (const { key, size, etag } of listFolder(request, source)) {
        const place: ObjectPlace = { kind: 'object', bucket: target.bucket, key: to + key.slice(from.length) }
        if (place.key === '' || landsInSource(place.key)) {
          const reason =
            place.key === '' ? 'its name would be empty at the target' : 'its target lies within the source'
          yield { kind: 'failed', source: formatR2Address(source.bucket, key), error: new UnsafeTarget(reason) }
        } else {
          const origin = { kind: 'object', bucket: source.bucket, key, etag } as const
          yield { kind: 'transfer', transfer: { kind: 'copy', source: origin, target: place, size } }
        }
      }
    },
  }
}
