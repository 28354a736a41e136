/**
 * The temporary file of a download. It lies beside its target, so that a rename within one folder makes the whole content appear
 * atomically. Until then the target is untouched.
 */
import { randomBytes } from 'node:crypto'
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { noop } from '../../base/noop.js'
import { R2Error } from '../../errors/index.js'
import type { RangeStore } from '../download/job.js'
import { asFileError, failing, systemCode } from './file-error.js'
import { moveToTarget, type TargetFile, writing } from './target-file.js'

export interface PartialFile extends RangeStore {
  readonly path: string
  /**
   * Closes the file and renames it to its target. With `fsync`, content and name are flushed to disk.
   *
   * @throws R2Error `TargetExists` with `noClobber`, where a file has appeared meanwhile
   */
  commit(options: { readonly fsync: boolean; readonly noClobber: boolean }): Promise<void>
  /** Closes the file and leaves it for a later run. Never rejects. */
  keep(): Promise<void>
  /** Closes and removes the file. Never rejects. */
  discard(): Promise<void>
}

const suffix = '.r2kit'
/** Common file systems allow names of 255 bytes. The dot, the random digits and the suffix need the rest. */
const nameBytesMax = 200

/** Returns an unused name beside the target: hidden, and recognisable by its suffix. */
export const partialName = ({ path }: TargetFile): string => {
  const name = Buffer.from(basename(path)).subarray(0, nameBytesMax).toString().replaceAll('\uFFFD', '')
  return join(dirname(path), `.${name}.${randomBytes(6).toString('hex')}${suffix}`)
}

/** Creates the file with its full length, and without allocating the space. */
export const createPartialFile = async (
  target: TargetFile,
  path: string,
  length: number,
  mode = target.mode,
): Promise<PartialFile> => {
  // Exclusive, so that neither a link nor another program's file is opened.
  const file = await open(path, 'wx+', mode).catch(failing(writing(target.path)))
  try {
    // The umask of the process has been applied to the mode; the requested one is set here.
    if (mode !== undefined) await file.chmod(mode)
    await file.truncate(length)
  } catch (error) {
    await discard(file, path)
    throw asFileError(error, writing(target.path))
  }
  return partialFile(file, path, target)
}

/**
 * Takes over the file of an earlier run by renaming it: of two runs that try, one succeeds. Returns undefined where the file is
 * gone or has another length.
 */
export const takeOverPartialFile = async (
  target: TargetFile,
  earlierPath: string,
  path: string,
  length: number,
): Promise<PartialFile | undefined> => {
  if (!isPartialOf(target, earlierPath)) return undefined
  try {
    const found = await lstat(earlierPath)
    if (!found.isFile() || found.size !== length) return undefined
    await rename(earlierPath, path)
    return partialFile(await open(path, 'r+'), path, target)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw asFileError(error, writing(target.path))
  }
}

/** Removes the file of an earlier run. Ignores a path that is no temporary file of this target. */
export const removePartialFile = async (target: TargetFile, path: string): Promise<void> => {
  if (isPartialOf(target, path)) await rm(path, { force: true }).catch(failing(writing(target.path)))
}

/** Other programs may be able to write a journal, so its paths are checked before they are used. */
const isPartialOf = (target: TargetFile, path: string): boolean =>
  dirname(path) === dirname(target.path) && basename(path).startsWith('.') && path.endsWith(suffix)

const partialFile = (file: FileHandle, path: string, target: TargetFile): PartialFile => {
  let buffer = Buffer.alloc(0)
  let lastWrite: Promise<void> = Promise.resolve()
  const failed = failing(writing(target.path))
  return {
    path,
    write(position, bytes) {
      // One at a time: the kernel serializes writes to a file, and the waiting threads would spin.
      const written = lastWrite.then(() => writeAll(file, position, bytes)).catch(failed)
      lastWrite = written.catch(noop)
      return written
    },
    async read(position, length) {
      // One buffer for all reads: fresh memory would cost as much as the read itself.
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
      await moveToTarget(path, target.path, noClobber)
      if (fsync) await syncFolder(dirname(target.path)).catch(failed)
    },
    keep: () => file.close().catch(noop),
    discard: () => discard(file, path),
  }
}

/** Best effort: a failed clean-up must not hide the error that led to it. */
const discard = async (file: FileHandle, path: string): Promise<void> => {
  await file.close().catch(noop)
  await rm(path, { force: true }).catch(noop)
}

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
