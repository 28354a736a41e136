/** Files that are read and written in one piece, with as few calls as it takes: there may be very many. */
import { randomBytes } from 'node:crypto'
import { open, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { R2Error } from '../../errors/index.js'
import { type FilePlace, putInPlace } from './partial-file.js'

export interface OpenSmallFile {
  readonly size: number
  /** All bytes. @throws R2Error `SourceChanged` when there are more or fewer than when it was opened */
  read(): Promise<Uint8Array>
  close(): Promise<void>
}

export const openSmallFile = async (path: string): Promise<OpenSmallFile> => {
  const file = await open(path)
  try {
    const found = await file.stat()
    if (!found.isFile()) throw new R2Error('SourceChanged', `${path} is not a regular file any more`)
    const { size } = found
    return {
      size,
      async read() {
        // One byte more than there should be, to see that there is none.
        const buffer = Buffer.allocUnsafe(size + 1)
        let at = 0
        for (let bytesRead = 1; bytesRead > 0 && at < size; at += bytesRead) {
          bytesRead = (await file.read(buffer, at, size + 1 - at, at)).bytesRead
        }
        if (at !== size) throw new R2Error('SourceChanged', `${path} changed while it was read`)
        return buffer.subarray(0, size)
      },
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** @throws R2Error `InvalidInput` for what is no folder, `FileUnavailable` for what cannot be looked at */
export const requireFolder = async (path: string): Promise<void> => {
  const found = await stat(path).catch((cause: unknown) => {
    throw new R2Error('FileUnavailable', (cause as Error).message, { cause })
  })
  if (!found.isDirectory()) throw new R2Error('InvalidInput', `${path} is not a folder`, { field: 'path' })
}

/**
 * A file that is there whole or not at all: written beside its place under another name, then renamed.
 *
 * @throws R2Error `TargetExists` with `noClobber`, where a file has appeared in the meantime
 */
export const writeSmallFile = async (
  { path, mode = 0o666 }: FilePlace,
  bytes: Uint8Array,
  noClobber: boolean,
): Promise<void> => {
  const temporary = join(dirname(path), `.${randomBytes(8).toString('hex')}.r2kit`)
  const file = await open(temporary, 'wx', mode)
  try {
    try {
      // A write may take less than it was given, when a disk is nearly full for example.
      for (let at = 0; at < bytes.byteLength; ) at += (await file.write(bytes, at)).bytesWritten
    } finally {
      await file.close()
    }
    await putInPlace(temporary, path, noClobber)
  } catch (error) {
    // A failure to clean up must not hide the error that led here.
    await rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
}
