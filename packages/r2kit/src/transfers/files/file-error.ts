/** Errors of the file system as `FileUnavailable`: the file, the problem in words, and what to do. The system's error is the cause. */
import { R2Error } from '../../errors/index.js'

/** The access that failed. */
export interface FileAccess {
  readonly action: 'read' | 'write'
  readonly path: string
  /** The field of the caller's input that the path comes from. */
  readonly field: 'target.path' | 'source' | 'path' | 'journal'
}

type Rule = readonly [problem: string, hint: string]

/** Codes of errno(3) that reading and writing files can return. */
const rules: Readonly<Record<string, Rule>> = {
  ENOTDIR: ['a part of its path is a file, not a folder', 'Choose another path, or move that file away.'],
  EACCES: ['this process has no permission', 'Grant it to the user that runs this process, or choose another path.'],
  EPERM: [
    'the system does not permit it',
    'Check owner and attributes of the file and its folder, or choose another path.',
  ],
  EROFS: ['the file system is read-only', 'Choose a path on another one, or mount this one for writing.'],
  ENOSPC: ['the disk is full', 'Free some space, or choose a path on another disk.'],
  EDQUOT: ['the disk quota of this user is used up', 'Free some space, or choose a path on another disk.'],
  EFBIG: ['the file system cannot store a file of this size', 'Choose a path on another one.'],
  EISDIR: ['it is a folder', 'Name a file in it.'],
  ENAMETOOLONG: ['the path, or a name in it, is longer than the system allows', 'Choose a shorter one.'],
  ELOOP: ['its symbolic links form a loop', 'Choose another path, or remove the links.'],
  EMFILE: [
    'this process has too many open files',
    'Raise the limit of open files (ulimit -n), or lower the concurrency.',
  ],
  ENFILE: ['this machine has too many open files', 'Close some, or raise the limit of the system.'],
  EBUSY: ['another program uses it', 'Close it there, or choose another path.'],
  EIO: ['the disk failed', 'Check the disk, or choose a path on another one.'],
}

const missing: Readonly<Record<FileAccess['action'], Rule>> = {
  read: ['it does not exist', 'Check the path; a relative one begins in the working directory.'],
  write: ['its folder does not exist', 'Create the folder first, or check the path.'],
}

/** Returns an error of the system as `FileUnavailable`, and any other error unchanged. */
export const asFileError = (error: unknown, { action, path, field }: FileAccess): unknown => {
  const code = systemCode(error)
  if (code === undefined) return error
  const rule = code === 'ENOENT' ? missing[action] : rules[code]
  const problem = rule === undefined ? (error as Error).message : `${rule[0]} (${code})`
  return new R2Error('FileUnavailable', `cannot ${action} ${path}: ${problem}`, {
    field,
    hint: rule?.[1],
    cause: error,
  })
}

/** Returns a `catch` handler that maps system errors to `FileUnavailable`. */
export const failing =
  (access: FileAccess) =>
  (error: unknown): never => {
    throw asFileError(error, access)
  }

/** The code of an error of the operating system (`ENOENT`, `EACCES`, …); undefined for any other error. */
export const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
