/** Files that are read and written in one piece, with as few calls as it takes: there may be very many. */
import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, open, read } from 'node:fs'
import { open as openHandle, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { R2Error } from '../../errors/index.js'
import { asFileError, failing } from './file-error.js'
import { type FilePlace, putInPlace } from './partial-file.js'

const openDescriptor = promisify(open)
const readDescriptor = promisify(read)

/**
 * A file that is open for reading. Opening and reading may have to wait for a disk and are asynchronous; looking at what is
 * open and closing what was only read wait for nothing, and are calls, which halves the CPU time of a file of 4 KB.
 */
export class SmallFile {
  readonly size: number
  readonly #path: string
  readonly #descriptor: number

  private constructor(path: string, descriptor: number, size: number) {
    this.#path = path
    this.#descriptor = descriptor
    this.size = size
  }

  static async open(path: string): Promise<SmallFile> {
    const descriptor = await openDescriptor(path, 'r').catch(failing(reading(path)))
    try {
      const found = fstatSync(descriptor)
      if (!found.isFile()) throw new R2Error('SourceChanged', `${path} is not a regular file any more`)
      return new SmallFile(path, descriptor, found.size)
    } catch (error) {
      closeSync(descriptor)
      throw asFileError(error, reading(path))
    }
  }

  /** All bytes. @throws R2Error `SourceChanged` when there are more or fewer than when it was opened */
  async read(): Promise<Uint8Array> {
    const { size } = this
    // One byte more than there should be, to see that there is none.
    const buffer = Buffer.allocUnsafe(size + 1)
    let at = 0
    for (let bytesRead = 1; bytesRead > 0 && at < size; at += bytesRead) {
      bytesRead = (
        await readDescriptor(this.#descriptor, buffer, at, size + 1 - at, at).catch(failing(reading(this.#path)))
      ).bytesRead
    }
    if (at !== size) throw new R2Error('SourceChanged', `${this.#path} changed while it was read`)
    return buffer.subarray(0, size)
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}

/** @throws R2Error `InvalidInput` for what is no folder, `FileUnavailable` for what cannot be looked at */
export const requireFolder = async (path: string): Promise<void> => {
  const found = await stat(path).catch(failing({ action: 'read', path, field: 'path' }))
  if (!found.isDirectory()) throw notAFolder(path)
}

export const notAFolder = (path: string): R2Error =>
  new R2Error('InvalidInput', `${path} is not a folder`, { field: 'path', hint: 'Name a folder.' })

const reading = (path: string) => ({ action: 'read', path, field: 'source' }) as const

/** Names that nobody else has: random once, then counted. */
const run = randomBytes(8).toString('hex')
let count = 0

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
  const temporary = join(dirname(path), `.${run}-${count++}.r2kit`)
  const writing = { action: 'write', path, field: 'target.path' } as const
  const file = await openHandle(temporary, 'wx', mode).catch(failing(writing))
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
    throw asFileError(error, writing)
  }
}
