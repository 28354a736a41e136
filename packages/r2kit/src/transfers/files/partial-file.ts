/**
 * The temporary file of a download, beside its target, so that a rename within one folder makes the whole of it appear at
 * once. What is at the target until then is not touched.
 */
import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { access, constants, type FileHandle, link, lstat, open, rename, rm, unlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { R2Error } from '../../errors/index.js'
import type { RangeStore } from '../download/job.js'
import { asFileError, failing } from './file-error.js'
import { systemCode } from './system-code.js'

/** A place for a file, looked at before anything is fetched. */
export interface TargetFile {
  readonly path: string
  readonly exists: boolean
  /** Permissions of the file that is there, to be kept. */
  readonly mode: number | undefined
}

export interface PartialFile extends RangeStore {
  readonly path: string
  /**
   * Puts the file in its place. With `fsync` it is on disk, and so is its name.
   *
   * @throws R2Error `TargetExists` with `noClobber`, where a file has appeared in the meantime
   */
  commit(options: { readonly fsync: boolean; readonly noClobber: boolean }): Promise<void>
  /** Closes the file and leaves it where it is, for a later run. Never throws. */
  keep(): Promise<void>
  /** Closes and removes the file. Never throws. */
  discard(): Promise<void>
}

/** What is tried with the place, for errors. */
const writing = (path: string) => ({ action: 'write', path, field: 'target.path' }) as const

/**
 * Looks at the place and at its folder, which has to be there and to take files.
 *
 * @throws R2Error as `targetFileOf` does, and `FileUnavailable` where no file could be written
 */
export const inspectTarget = async (path: string, noClobber = false): Promise<TargetFile> => {
  const absolute = resolve(path)
  const failed = failing(writing(absolute))
  const there = await lstat(absolute).catch((error: unknown) => (isMissing(error) ? undefined : failed(error)))
  const place = targetFileOf(absolute, there, noClobber)
  await access(dirname(absolute), constants.W_OK | constants.X_OK).catch(failed)
  return place
}

/**
 * Renaming over a device or a pipe would replace it, and over a folder fails at the end: both are refused now. A symbolic
 * link is replaced, never followed, as who can place one could otherwise choose what is overwritten.
 *
 * @throws R2Error `TargetExists` with `noClobber`, where something is there
 */
export const targetFileOf = (path: string, there: Stats | undefined, noClobber: boolean): TargetFile => {
  if (there === undefined) return { path, exists: false, mode: undefined }
  if (noClobber) throw targetExists(path)
  if (there.isSymbolicLink()) return { path, exists: true, mode: undefined }
  if (there.isFile()) return { path, exists: true, mode: there.mode & 0o7777 }
  const what = there.isDirectory() ? 'a folder' : 'not a regular file'
  throw new R2Error('InvalidInput', `${path} is ${what}`, { field: 'target.path', hint: 'Name a file.' })
}

export const targetExists = (path: string, cause?: unknown): R2Error =>
  new R2Error('TargetExists', `${path} exists`, { cause })

/** @throws R2Error `TargetExists` with `noClobber`, where there is a file */
const putInPlace = async (temporary: string, path: string, noClobber: boolean): Promise<void> => {
  const failed = failing(writing(path))
  if (!noClobber) return rename(temporary, path).catch(failed)
  // A link, unlike a rename, fails where a file has appeared in the meantime.
  await link(temporary, path).catch((error: unknown) => {
    throw systemCode(error) === 'EEXIST' ? targetExists(path, error) : asFileError(error, writing(path))
  })
  await unlink(temporary).catch(failed)
}

const suffix = '.r2kit'
/** Names have 255 bytes at most on common file systems; the rest is for dot, random digits and suffix. */
const nameBytesMax = 200

/** A name that nobody else has; hidden, and told by its ending. */
export const partialName = ({ path }: TargetFile): string => {
  const name = Buffer.from(basename(path)).subarray(0, nameBytesMax).toString().replaceAll('\uFFFD', '')
  return join(dirname(path), `.${name}.${randomBytes(6).toString('hex')}${suffix}`)
}

/** Makes the file, of its full length from the start and without taking the space yet. */
export const createPartialFile = async (
  place: TargetFile,
  path: string,
  length: number,
  mode = place.mode,
): Promise<PartialFile> => {
  // Exclusively: no link and no other's file can be there.
  const file = await open(path, 'wx+', mode).catch(failing(writing(place.path)))
  try {
    // The process's umask has been taken off the mode; what was asked for is meant.
    if (mode !== undefined) await file.chmod(mode)
    await file.truncate(length)
  } catch (error) {
    await discard(file, path)
    throw asFileError(error, writing(place.path))
  }
  return partialFile(file, path, place)
}

/**
 * Takes over what an earlier run left, by giving it a new name: of two that try, one wins. Undefined where it is gone, or is
 * not what it should be.
 */
export const takeOverPartialFile = async (
  place: TargetFile,
  earlierPath: string,
  path: string,
  length: number,
): Promise<PartialFile | undefined> => {
  if (!isOurs(place, earlierPath)) return undefined
  try {
    const there = await lstat(earlierPath)
    if (!there.isFile() || there.size !== length) return undefined
    await rename(earlierPath, path)
    return partialFile(await open(path, 'r+'), path, place)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw asFileError(error, writing(place.path))
  }
}

/** Removes what an earlier run left, if it is ours. */
export const removePartialFile = async (place: TargetFile, path: string): Promise<void> => {
  if (isOurs(place, path)) await rm(path, { force: true }).catch(failing(writing(place.path)))
}

/** A journal is a file that anybody may have written: it must not name what is not a temporary file of this target. */
const isOurs = (place: TargetFile, path: string): boolean =>
  dirname(path) === dirname(place.path) && basename(path).startsWith('.') && path.endsWith(suffix)

const partialFile = (file: FileHandle, path: string, place: TargetFile): PartialFile => {
  let buffer = Buffer.alloc(0)
  let lastWrite: Promise<void> = Promise.resolve()
  const failed = failing(writing(place.path))
  return {
    path,
    write(position, bytes) {
      // One after the other: the kernel lets one write at a file at a time, and has the others spin.
      const written = lastWrite.then(() => writeAll(file, position, bytes)).catch(failed)
      lastWrite = written.catch(ignore)
      return written
    },
    async read(position, length) {
      // One buffer for all: fresh memory for each read would cost as much as the read.
      if (buffer.byteLength < length) buffer = Buffer.allocUnsafeSlow(length)
      for (let at = 0; at < length; ) {
        const { bytesRead } = await file.read(buffer, at, length - at, position + at).catch(failed)
        if (bytesRead === 0) throw new R2Error('FileUnavailable', `${path} became shorter while it was written`)
        at += bytesRead
      }
      return buffer.subarray(0, length)
    },
    async commit({ fsync, noClobber }) {
      if (fsync) await file.sync().catch(failed)
      await file.close().catch(failed)
      await putInPlace(path, place.path, noClobber)
      if (fsync) await syncFolder(dirname(place.path)).catch(failed)
    },
    keep: () => file.close().catch(ignore),
    discard: () => discard(file, path),
  }
}

const discard = async (file: FileHandle, path: string): Promise<void> => {
  await file.close().catch(ignore)
  await rm(path, { force: true }).catch(ignore)
}

/** A failure to clean up must not hide the error that led here. */
const ignore = (): void => undefined

const writeAll = async (file: FileHandle, position: number, bytes: Uint8Array): Promise<void> => {
  for (let at = 0; at < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.byteLength - at, position + at)
    at += bytesWritten
  }
}

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const isMissing = (error: unknown): boolean => systemCode(error) === 'ENOENT'
