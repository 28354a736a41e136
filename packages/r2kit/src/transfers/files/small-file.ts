/** Files that are read and written in one piece, with as few calls as it takes: there may be very many. */
import { randomBytes } from 'node:crypto'
import { closeSync, constants, fchmodSync, fstatSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { R2Error } from '../../errors/index.js'
import type { FileCalls } from './file-calls.js'
import { asFileError, failing } from './file-error.js'
import { type FilePlace, putInPlace } from './partial-file.js'

/** What has become a pipe since it was found must be told from a file, not waited for. Windows has no such flag. */
const readOnly = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** A file that is open for reading. */
export class SmallFile {
  readonly size: number
  readonly #path: string
  readonly #descriptor: number
  readonly #calls: FileCalls

  private constructor(path: string, descriptor: number, size: number, calls: FileCalls) {
    this.#path = path
    this.#descriptor = descriptor
    this.size = size
    this.#calls = calls
  }

  static async open(path: string, calls: FileCalls): Promise<SmallFile> {
    const descriptor = await calls.open(path, readOnly).catch(failing(reading(path)))
    try {
      // What is open has been read from the disk: neither this nor closing it waits for anything.
      const found = fstatSync(descriptor)
      if (!found.isFile()) throw new R2Error('SourceChanged', `${path} is not a regular file any more`)
      return new SmallFile(path, descriptor, found.size, calls)
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
      bytesRead = await this.#calls
        .read(this.#descriptor, buffer, at, size + 1 - at, at)
        .catch(failing(reading(this.#path)))
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
  { path, mode }: FilePlace,
  bytes: Uint8Array,
  noClobber: boolean,
  calls: FileCalls,
): Promise<void> => {
  const temporary = join(dirname(path), `.${run}-${count++}.r2kit`)
  const writing = { action: 'write', path, field: 'target.path' } as const
  const descriptor = await calls.open(temporary, 'wx', mode).catch(failing(writing))
  try {
    try {
      // The process's umask has been taken off the mode; what was there before is meant.
      if (mode !== undefined) fchmodSync(descriptor, mode)
      // A write may take less than it was given, when a disk is nearly full for example.
      for (let at = 0; at < bytes.byteLength; ) at += await calls.write(descriptor, bytes, at)
    } finally {
      await calls.close(descriptor)
    }
    await putInPlace(temporary, path, noClobber, calls)
  } catch (error) {
    // A failure to clean up must not hide the error that led here.
    await calls.unlink(temporary).catch(() => undefined)
    throw asFileError(error, writing)
  }
}
