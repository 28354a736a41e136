/** Errors of the file system as ours: which file, what is the matter in words, and what to do. The system's own is the cause. */
import { R2Error } from '../../errors/index.js'
import { systemCode } from './system-code.js'

/** What was tried. */
export interface FileAccess {
  readonly action: 'read' | 'write'
  readonly path: string
  /** Of the caller's input: where the path comes from. */
  readonly field: 'target.path' | 'source' | 'path' | 'journal'
}

type Rule = readonly [whatIsTheMatter: string, whatToDo: string]

/** errno(3), as far as reading and writing files meets it. */
const rules: Readonly<Record<string, Rule>> = {
  ENOTDIR: ['a part of its path is a file, not a folder', 'Choose another path, or move that file away.'],
  EACCES: ['this process has no permission', 'Give it to the user that runs this, or choose another path.'],
  EPERM: ['the system does not permit it', 'Look at owner and attributes of file and folder, or choose another path.'],
  EROFS: ['the file system is read-only', 'Choose a path on another one, or mount this one for writing.'],
  ENOSPC: ['the disk is full', 'Free some space, or choose a path on another disk.'],
  EDQUOT: ['the quota of this user is used up', 'Free some space, or choose a path on another disk.'],
  EFBIG: ['the file system takes no file so large', 'Choose a path on another one.'],
  EISDIR: ['it is a folder', 'Name a file in it.'],
  ENAMETOOLONG: ['a name in its path, or the path, is longer than the system allows', 'Choose a shorter one.'],
  ELOOP: ['its symbolic links lead in a circle', 'Choose another path, or remove the links.'],
  EMFILE: ['too many files are open', 'Raise the limit of open files (ulimit -n), or transfer fewer files at a time.'],
  ENFILE: ['too many files are open on this machine', 'Close some, or raise the limit of the system.'],
  EBUSY: ['another program uses it', 'Close it there, or choose another path.'],
  EIO: ['the disk failed', 'Check the disk, or choose a path on another one.'],
}

const missing: Readonly<Record<FileAccess['action'], Rule>> = {
  read: ['it does not exist', 'Check the path; a relative one begins in the working directory.'],
  write: ['its folder does not exist', 'Make the folder first, or check the path.'],
}

/** An error of the system as an R2Error `FileUnavailable`; any other as it is. */
export const asFileError = (error: unknown, { action, path, field }: FileAccess): unknown => {
  const code = systemCode(error)
  if (code === undefined) return error
  const rule = code === 'ENOENT' ? missing[action] : rules[code]
  const matter = rule === undefined ? (error as Error).message : `${rule[0]} (${code})`
  return new R2Error('FileUnavailable', `cannot ${action} ${path}: ${matter}`, { field, hint: rule?.[1], cause: error })
}

/** To catch with. */
export const failing =
  (access: FileAccess) =>
  (error: unknown): never => {
    throw asFileError(error, access)
  }
