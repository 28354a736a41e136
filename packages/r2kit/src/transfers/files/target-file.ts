/** The target of a download to a file: inspected before anything is fetched, replaced atomically at the end. */
import { access, constants, link, lstat, rename, unlink } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { R2Error } from '../../errors/index.js'
import { asFileError, failing, systemCode } from './file-error.js'
import type { FileStatus } from './file-status.js'

export interface TargetFile {
  /** Absolute. */
  readonly path: string
  readonly exists: boolean
  /** Permissions of the existing file, which its replacement keeps. */
  readonly mode: number | undefined
}

/** The access to a target file, for errors. */
export const writing = (path: string) => ({ action: 'write', path, field: 'target.path' }) as const

/**
 * Inspects the target and its folder, which must exist and be writable.
 *
 * @throws R2Error as `targetFileOf` does, and `FileUnavailable` where no file could be written
 */
export const inspectTarget = async (path: string, noClobber = false): Promise<TargetFile> => {
  const absolute = resolve(path)
  const failed = failing(writing(absolute))
  const found = await lstat(absolute).catch((error: unknown) =>
    systemCode(error) === 'ENOENT' ? undefined : failed(error),
  )
  const target = targetFileOf(absolute, found, noClobber)
  await access(dirname(absolute), constants.W_OK | constants.X_OK).catch(failed)
  return target
}

/**
 * Refuses what a rename should not replace: a device or a pipe, and a folder, where it would fail at the end. A symbolic link is
 * replaced and never followed: a user who can create one could otherwise choose which file is overwritten.
 *
 * @param found the status of the target; undefined where there is nothing
 * @throws R2Error `InvalidInput`; `TargetExists` with `noClobber` for an existing target
 */
export const targetFileOf = (path: string, found: FileStatus | undefined, noClobber: boolean): TargetFile => {
  if (found === undefined) return { path, exists: false, mode: undefined }
  if (noClobber) throw targetExists(path)
  if (found.isSymbolicLink()) return { path, exists: true, mode: undefined }
  if (found.isFile()) return { path, exists: true, mode: found.mode & 0o7777 }
  const what = found.isDirectory() ? 'a folder' : 'not a regular file'
  throw new R2Error('InvalidInput', `${path} is ${what}`, { field: 'target.path', hint: 'Name a file.' })
}

export const targetExists = (path: string, cause?: unknown): R2Error =>
  new R2Error('TargetExists', `${path} exists`, { cause })

/** Renames a temporary file to its target. @throws R2Error `TargetExists` with `noClobber` for an existing target */
export const moveToTarget = async (temporary: string, path: string, noClobber: boolean): Promise<void> => {
  const failed = failing(writing(path))
  if (!noClobber) return rename(temporary, path).catch(failed)
  // A link, unlike a rename, fails where a file has appeared meanwhile.
  await link(temporary, path).catch((error: unknown) => {
    throw systemCode(error) === 'EEXIST' ? targetExists(path, error) : asFileError(error, writing(path))
  })
  await unlink(temporary).catch(failed)
}
