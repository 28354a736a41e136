/**
 * A file that is there whole or not at all: written beside its place under another name, then renamed. A reader never sees
 * half of it, and a failure leaves what was there before.
 */
import { randomBytes } from 'node:crypto'
import { type FileHandle, link, lstat, open, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileErrorCode } from '../file-error.js'
import { UnsafeTarget } from './target-folder.js'

export interface AtomicFileOptions {
  /** Leaves an existing file alone; the error then has the code `EEXIST`. */
  readonly noClobber: boolean
  /** Runs after `write` and before the file takes its name; an error here leaves nothing behind. */
  readonly beforeRename?: (path: string) => Promise<void>
}

export const writeAtomically = async <Result>(
  path: string,
  options: AtomicFileOptions,
  write: (file: FileHandle) => Promise<Result>,
): Promise<Result> => {
  await refuseSpecialFile(path)
  const temporary = join(dirname(path), `.r2-${randomBytes(8).toString('hex')}.part`)
  const file = await open(temporary, 'wx')
  try {
    const result = await write(file).finally(() => file.close())
    await options.beforeRename?.(path)
    if (options.noClobber) {
      // A link, unlike a rename, fails where a file has appeared in the meantime.
      await link(temporary, path)
      await unlink(temporary)
    } else {
      await rename(temporary, path)
    }
    return result
  } catch (error) {
    // A failure to clean up must not hide the error that led here.
    await unlink(temporary).catch(() => undefined)
    throw error
  }
}

/** A rename would replace `/dev/null` by a file, and cannot replace a folder. */
const refuseSpecialFile = async (path: string): Promise<void> => {
  const found = await lstat(path).catch((error: unknown) => {
    if (fileErrorCode(error) === 'ENOENT') return undefined
    throw error
  })
  if (found === undefined || found.isFile() || found.isSymbolicLink()) return
  const kind = found.isDirectory() ? 'a folder' : 'a device, pipe or socket (write to - and redirect instead)'
  throw new UnsafeTarget(`"${path}" is ${kind}`)
}
