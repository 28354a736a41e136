/**
 * Plans transfers: resolves two addresses to one object, or to a folder that is uploaded, downloaded or copied.
 *
 * A recursive copy copies the contents of a folder, never the folder itself, and a trailing slash on either address makes no
 * difference. `r2 cp --help` documents these rules.
 */
import { constants, open as openFile, realpath, stat } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import { addAbortSignal, PassThrough, pipeline, type Readable } from 'node:stream'
import { R2Error } from 'r2kit/protocol'
import { fileNameOf } from 'r2kit/transfers'
import {
  type Address,
  checkNames,
  folderPrefix,
  lastSegment,
  type R2Address,
  suggestAddress,
} from '../arguments/address.js'
import { systemErrorCode, UsageError } from '../errors/error-kinds.js'
import type { ObjectLocation, OpenStream, StreamLocation, Transfer } from './location.js'
import { openSpecial } from './open-special.js'

/** A folder in a bucket: all keys with a common prefix. */
export interface FolderLocation {
  readonly bucket: string
  /** Ends in `/`. Empty for the whole bucket. */
  readonly prefix: string
}

/** The transfers of a command. */
export type Plan =
  | { readonly kind: 'one'; readonly transfer: Transfer }
  | { readonly kind: 'upload-folder'; readonly path: string; readonly target: FolderLocation }
  | { readonly kind: 'download-folder'; readonly source: FolderLocation; readonly path: string }
  | { readonly kind: 'copy-folder'; readonly source: FolderLocation; readonly target: FolderLocation }

/** A program whose standard output is the source. */
export interface ProgramSource {
  readonly kind: 'program'
  readonly program: string
  start(): OpenStream
}

/** The command line of `cp` or `mv`. */
export interface PlanRequest {
  readonly command: 'cp' | 'mv'
  readonly source: Address | ProgramSource
  readonly target: Address
  readonly recursive: boolean
  /** The target is the exact key or file, even if it ends in `/` or is a folder. */
  readonly exact: boolean
  readonly stdin: Readable
  /** Aborts sources that are streams. */
  readonly signal: AbortSignal
}

/**
 * Plans the transfers of a command line.
 *
 * @throws UsageError if the two addresses cannot be combined; R2Error if a local source does not exist, or a bucket or key is
 *   invalid
 */
export const planTransfers = async (request: PlanRequest): Promise<Plan> => {
  const { source, target, recursive } = request
  if (source.kind === 'r2') {
    if (target.kind === 'r2') return recursive ? copyFolder(source, target) : copyObject(request, source, target)
    if (target.kind === 'local') {
      return recursive
        ? { kind: 'download-folder', source: folderOf(source), path: target.path }
        : downloadObject(request, source, target.path)
    }
    if (recursive) throw new UsageError('A folder cannot be written to standard output.', 'Name one object.')
    return one({ kind: 'download', source: objectOf(source), target: { kind: 'stdout' } })
  }
  if (target.kind !== 'r2') throw neitherIsOnR2(source, target)
  if (source.kind === 'program') {
    return uploadStream(request, target, '', { name: source.program, usesTerminal: true, open: source.start })
  }
  if (source.kind === 'pipe') {
    if (recursive) throw new UsageError('Standard input is not a folder.', 'Leave out --recursive.')
    const open = () => ({ stream: request.stdin })
    return uploadStream(request, target, '', { name: '-', usesTerminal: false, open })
  }
  return uploadLocal(request, source.path, target)
}

const neitherIsOnR2 = (...addresses: readonly PlanRequest['source'][]): UsageError => {
  const suggestions = addresses.map((address) => (address.kind === 'local' ? suggestAddress(address.path) : undefined))
  const suggestion = suggestions.find((address) => address !== undefined)
  return new UsageError(
    'Neither address is on R2.',
    suggestion === undefined ? 'Write r2://bucket/key for one of them.' : `Did you mean ${suggestion}?`,
  )
}

const one = (transfer: Transfer): Plan => ({ kind: 'one', transfer })

const folderOf = ({ bucket, key }: R2Address): FolderLocation => ({ bucket, prefix: folderPrefix(key) })

const objectOf = (address: R2Address): ObjectLocation => {
  if (address.key === '') {
    const text = `r2://${address.bucket}`
    throw new UsageError(`"${text}" is a bucket.`, 'Name an object, or add --recursive for the whole bucket.')
  }
  checkNames(address)
  return { kind: 'object', bucket: address.bucket, key: address.key }
}

/** The target of a single source. A target that is a bucket or ends in `/` is a folder; `name` is appended to it. */
const targetObject = (request: PlanRequest, target: R2Address, name: string): ObjectLocation => {
  const isFolder = !request.exact && (target.key === '' || target.key.endsWith('/'))
  if (isFolder && name === '') {
    throw new UsageError(
      'The target is a folder, but the source has no name to use in it.',
      'Write the complete target key, with --exact if it ends in "/".',
    )
  }
  return objectOf({ ...target, key: isFolder ? target.key + name : target.key })
}

/** @param name the name of the source in a target folder; empty if it has none */
const uploadStream = (
  request: PlanRequest,
  target: R2Address,
  name: string,
  { open, ...source }: Omit<StreamLocation, 'kind'>,
): Plan =>
  one({
    kind: 'upload',
    source: {
      kind: 'stream',
      ...source,
      open() {
        const { stream, ...producer } = open()
        // Without the signal, a source that produces no data would block Ctrl-C.
        return { stream: addAbortSignal(request.signal, readImmediately(stream)), ...producer }
      },
    },
    target: targetObject(request, target, name),
  })

/**
 * Starts to read a stream now rather than when the client reads it, which is after it has loaded its transfer engine. In between,
 * an empty stream could end, and Node discards the output of a child process that exits before its output is read.
 */
const readImmediately = (source: Readable): Readable => {
  const stream = new PassThrough()
  // Errors are forwarded to `stream`.
  pipeline(source, stream, () => undefined)
  return stream
}

const uploadLocal = async (request: PlanRequest, path: string, target: R2Address): Promise<Plan> => {
  const stats = await stat(path).catch((error: unknown) => {
    throw systemErrorCode(error) === 'ENOENT' ? missingFile(path, error) : error
  })
  if (stats.isDirectory()) {
    if (request.recursive) return { kind: 'upload-folder', path, target: folderOf(target) }
    throw new UsageError(`"${path}" is a folder.`, 'Add --recursive to copy its contents.')
  }
  // Shells pass a named pipe for the process substitution in `r2 cp <(program) r2://…`.
  if (!stats.isFile() || (stats.size === 0 && (await hasContent(path)))) {
    if (request.command === 'mv') throw new UsageError(`${path} is not a regular file.`, 'Use r2 cp.')
    const open = () => ({ stream: openSpecial(path, stats, request.stdin) })
    return uploadStream(request, target, basename(path), { name: path, usesTerminal: false, open })
  }
  const source = { kind: 'file', path } as const
  return one({ kind: 'upload', source, target: targetObject(request, target, basename(path)), size: stats.size })
}

/** Whether a file of size 0 has content, like those of /proc and /sys, which would otherwise be stored as empty objects. */
const hasContent = async (path: string): Promise<boolean> => {
  // Some of these files block until they have content.
  const file = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const { bytesRead } = await file.read(Buffer.alloc(1), 0, 1, 0)
    return bytesRead > 0
  } finally {
    await file.close()
  }
}

const missingFile = (path: string, cause: unknown): R2Error =>
  new R2Error('FileUnavailable', `cannot read ${path}: it does not exist`, {
    field: 'source',
    hint: /[*?[]/.test(path)
      ? 'Paths are literal: the shell found no file that matches the pattern.'
      : 'Check the path. Relative paths start in the working directory.',
    cause,
  })

const downloadObject = async (request: PlanRequest, source: R2Address, path: string): Promise<Plan> => {
  const object = objectOf(source)
  const namesFolder = path.endsWith('/') || path.endsWith(sep)
  const isFolder = !request.exact && (namesFolder || (await isExistingFolder(path)))
  if (isFolder) {
    const name = fileNameOf(lastSegment(source.key))
    if (!name.ok)
      throw new UsageError(
        `The last part of the key cannot be a file name: ${name.reason}.`,
        'Write the complete target path.',
      )
    return one({ kind: 'download', source: object, target: { kind: 'file', path: join(path, ...name.segments) } })
  }
  // Writes through a symbolic link, as `cp` does. The rename of a download would replace the link.
  const real = await realpath(path).catch(() => path)
  return one({ kind: 'download', source: object, target: { kind: 'file', path: real } })
}

const isExistingFolder = async (path: string): Promise<boolean> => {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isDirectory() === true
}

const copyObject = (request: PlanRequest, source: R2Address, target: R2Address): Plan =>
  one({
    kind: 'copy',
    source: objectOf(source),
    target: targetObject(request, target, lastSegment(source.key)),
  })

const copyFolder = (sourceAddress: R2Address, targetAddress: R2Address): Plan => {
  const source = folderOf(sourceAddress)
  const target = folderOf(targetAddress)
  if (isWithin(source, target.bucket, target.prefix)) {
    throw new UsageError('The target is within the source.', 'Choose a target outside of it.')
  }
  checkNames({ ...targetAddress, key: '' })
  return { kind: 'copy-folder', source, target }
}

/**
 * Whether a key is within a folder. A copy of a folder into itself would never end: the copies appear in the listing of the
 * source, and are copied again.
 */
export const isWithin = (folder: FolderLocation, bucket: string, key: string): boolean =>
  folder.bucket === bucket && key.startsWith(folder.prefix)
