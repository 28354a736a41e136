/**
 * From two addresses to what they mean: one object, or a folder up, down or across.
 *
 * The rules for folders, as `r2 cp --help` states them: a folder's contents are copied, never the folder itself, and a
 * trailing slash on either side of a recursive copy changes nothing.
 */
import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { fileNameOf } from 'r2kit/transfers'
import { type Address, folderPrefix, lastSegment, type R2Address } from '../address.js'
import { UsageError } from '../usage-error.js'
import type { ObjectPlace, Transfer } from './place.js'

/** A folder in a bucket. */
export interface PrefixPlace {
  readonly bucket: string
  /** Empty, or with a `/` at its end. */
  readonly prefix: string
}

export type Plan =
  | { readonly kind: 'one'; readonly transfer: Transfer }
  | { readonly kind: 'upload-folder'; readonly path: string; readonly target: PrefixPlace }
  | { readonly kind: 'download-folder'; readonly source: PrefixPlace; readonly path: string }
  | { readonly kind: 'copy-folder'; readonly source: PrefixPlace; readonly target: PrefixPlace }

export interface PlanRequest {
  readonly source: Address
  readonly target: Address
  readonly recursive: boolean
  /** The target is the exact key or file, even if it ends in `/` or is a folder. */
  readonly exact: boolean
  readonly stdin: Readable
  readonly signal: AbortSignal
}

/** @throws UsageError where the two addresses make no sense together. */
export const planTransfers = async (request: PlanRequest): Promise<Plan> => {
  const { source, target, recursive } = request
  if (source.kind === 'r2') {
    if (target.kind === 'r2') return recursive ? copyFolder(source, target) : copyObject(request, source, target)
    if (target.kind === 'local') {
      return recursive
        ? { kind: 'download-folder', source: prefixOf(source), path: target.path }
        : downloadObject(request, source, target.path)
    }
    if (recursive) throw new UsageError('A folder cannot go to standard output.', 'Name one object.')
    return one({ kind: 'download', source: objectOf(source), target: { kind: 'stdout' } })
  }
  if (target.kind !== 'r2') throw new UsageError('Neither address is on R2.', 'Write r2://bucket/key for one of them.')
  if (source.kind === 'pipe') {
    if (recursive) throw new UsageError('Standard input is not a folder.', 'Leave out --recursive.')
    return uploadStream(request, target, '-', () => request.stdin)
  }
  return uploadLocal(request, source.path, target)
}

const one = (transfer: Transfer): Plan => ({ kind: 'one', transfer })

const prefixOf = ({ bucket, key }: R2Address): PrefixPlace => ({ bucket, prefix: folderPrefix(key) })

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
  one({
    kind: 'upload',
    // A pipe that is silent must not keep Ctrl-C from working.
    source: { kind: 'stream', name, open: () => addAbortSignal(request.signal, open()) },
    target: targetKey(request, target, name === '-' ? '' : basename(name)),
  })

const uploadLocal = async (request: PlanRequest, path: string, target: R2Address): Promise<Plan> => {
  const found = await stat(path)
  if (found.isDirectory()) {
    if (request.recursive) return { kind: 'upload-folder', path, target: prefixOf(target) }
    throw new UsageError(`"${path}" is a folder.`, 'Add --recursive to copy what it holds.')
  }
  // `r2 cp <(command) r2://…` gives a pipe by name.
  if (!found.isFile()) return uploadStream(request, target, path, () => createReadStream(path))
  const source = { kind: 'file', path } as const
  return one({ kind: 'upload', source, target: targetKey(request, target, basename(path)), size: found.size })
}

const downloadObject = async (request: PlanRequest, source: R2Address, path: string): Promise<Plan> => {
  const object = objectOf(source)
  const namesFolder = path.endsWith('/') || path.endsWith(sep)
  const isFolder = !request.exact && (namesFolder || (await isExistingFolder(path)))
  if (isFolder) {
    const name = fileNameOf(lastSegment(source.key))
    if (!name.ok)
      throw new UsageError(`The key's last part cannot be a file name: ${name.reason}.`, 'Write the whole target path.')
    return one({ kind: 'download', source: object, target: { kind: 'file', path: join(path, ...name.segments) } })
  }
  // The user's own link is followed, as `cp` does; a rename would replace it.
  const real = await realpath(path).catch(() => path)
  return one({ kind: 'download', source: object, target: { kind: 'file', path: real } })
}

const isExistingFolder = async (path: string): Promise<boolean> => {
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() === true
}

const copyObject = (request: PlanRequest, source: R2Address, target: R2Address): Plan =>
  one({
    kind: 'copy',
    source: objectOf(source),
    target: targetKey(request, target, lastSegment(source.key)),
  })

const copyFolder = (sourceAddress: R2Address, targetAddress: R2Address): Plan => {
  const source = prefixOf(sourceAddress)
  const target = prefixOf(targetAddress)
  if (liesWithin(source, target.bucket, target.prefix)) {
    throw new UsageError('The target lies within the source.', 'Choose a target outside of it.')
  }
  return { kind: 'copy-folder', source, target }
}

/** Copies would appear in the listing that is being worked off, and be copied again, without end. */
export const liesWithin = (folder: PrefixPlace, bucket: string, key: string): boolean =>
  folder.bucket === bucket && key.startsWith(folder.prefix)
