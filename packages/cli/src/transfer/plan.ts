/**
 * From two addresses to what they mean: one object, or a folder up, down or across.
 *
 * The rules for folders, as `r2 cp --help` states them: a folder's contents are copied, never the folder itself, and a
 * trailing slash on either side of a recursive copy changes nothing.
 */
import { constants, open as openFile, realpath, stat } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { R2Error } from 'r2kit/protocol'
import { fileNameOf } from 'r2kit/transfers'
import { type Address, folderPrefix, lastSegment, meantAddress, type R2Address, requireName } from '../address.js'
import { fileErrorCode } from '../file-error.js'
import { UsageError } from '../usage-error.js'
import { openSpecial } from './open-special.js'
import type { ObjectPlace, OpenStream, StreamPlace, Transfer } from './place.js'

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

/** A command, by its program and arguments, whose output is the source. */
export interface CommandSource {
  readonly kind: 'command'
  readonly program: string
  start(): OpenStream
}

export interface PlanRequest {
  readonly command: 'cp' | 'mv'
  readonly source: Address | CommandSource
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
  if (target.kind !== 'r2') throw neitherIsOnR2(source, target)
  if (source.kind === 'command') {
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
  const meant = addresses.map((address) => (address.kind === 'local' ? meantAddress(address.path) : undefined))
  const hint = meant.find((address) => address !== undefined)
  return new UsageError(
    'Neither address is on R2.',
    hint === undefined ? 'Write r2://bucket/key for one of them.' : `Did you mean ${hint}?`,
  )
}

const one = (transfer: Transfer): Plan => ({ kind: 'one', transfer })

const prefixOf = ({ bucket, key }: R2Address): PrefixPlace => ({ bucket, prefix: folderPrefix(key) })

const objectOf = (address: R2Address): ObjectPlace => {
  if (address.key === '') {
    const text = `r2://${address.bucket}`
    throw new UsageError(`"${text}" is a bucket.`, 'Name an object, or add --recursive for all that the bucket holds.')
  }
  requireName(address)
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

/** @param name the name that the source gets in a folder; empty for none */
const uploadStream = (
  request: PlanRequest,
  target: R2Address,
  name: string,
  { open, ...source }: Omit<StreamPlace, 'kind'>,
): Plan =>
  one({
    kind: 'upload',
    source: {
      kind: 'stream',
      ...source,
      open() {
        const opened = open()
        // A source that yields nothing must not keep Ctrl-C from working.
        addAbortSignal(request.signal, opened.stream)
        return opened
      },
    },
    target: targetKey(request, target, name),
  })

const uploadLocal = async (request: PlanRequest, path: string, target: R2Address): Promise<Plan> => {
  const found = await stat(path).catch((error: unknown) => {
    throw isMissing(error) ? missingFile(path, error) : error
  })
  if (found.isDirectory()) {
    if (request.recursive) return { kind: 'upload-folder', path, target: prefixOf(target) }
    throw new UsageError(`"${path}" is a folder.`, 'Add --recursive to copy what it holds.')
  }
  // `r2 cp <(command) r2://…` gives a pipe by name.
  if (!found.isFile() || (found.size === 0 && (await hasContent(path)))) {
    if (request.command === 'mv') throw new UsageError(`${path} is not a regular file.`, 'Use r2 cp.')
    const open = () => ({ stream: openSpecial(path, found, request.stdin) })
    return uploadStream(request, target, basename(path), { name: path, usesTerminal: false, open })
  }
  const source = { kind: 'file', path } as const
  return one({ kind: 'upload', source, target: targetKey(request, target, basename(path)), size: found.size })
}

/** Files of /proc and /sys have bytes and no length: by their length they would be stored as empty objects. */
const hasContent = async (path: string): Promise<boolean> => {
  // Some of them have no bytes yet, and would block.
  const file = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const { bytesRead } = await file.read(Buffer.alloc(1), 0, 1, 0)
    return bytesRead > 0
  } finally {
    await file.close()
  }
}

const isMissing = (error: unknown): boolean => fileErrorCode(error) === 'ENOENT'

const missingFile = (path: string, cause: unknown): R2Error =>
  new R2Error('FileUnavailable', `cannot read ${path}: it does not exist`, {
    field: 'source',
    hint: /[*?[]/.test(path)
      ? 'A path is taken as it is: the shell has found no file that matches the pattern.'
      : 'Check the path; a relative one begins in the working directory.',
    cause,
  })

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
  requireName({ ...targetAddress, key: '' })
  return { kind: 'copy-folder', source, target }
}

/** Copies would appear in the listing that is being worked off, and be copied again, without end. */
export const liesWithin = (folder: PrefixPlace, bucket: string, key: string): boolean =>
  folder.bucket === bucket && key.startsWith(folder.prefix)
