/** Files that are read and written in one piece, with as few calls as it takes: there may be very many. */
import { randomBytes } from 'node:crypto'
import { closeSync, constants, fstatSync, type Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { sep } from 'node:path'
import { R2Error } from '../../errors/index.js'
import { asFileError, failing } from './file-error.js'
import type { FileIo, PooledCalls, SyncCalls } from './file-io.js'
import { type TargetFile, targetExists, targetFileOf } from './partial-file.js'
import { systemCode } from './system-code.js'

/**
 * For opening what should be a file: a named pipe without a writer would block a thread, which nothing can abort and which keeps
 * the process alive. Windows has no such flag.
 */
export const readOnly = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** A file that is open for reading. */
export class SmallFile {
  readonly size: number
  readonly #path: string
  readonly #descriptor: number
  readonly #calls: FileIo
  readonly #modifiedMs: number

  private constructor(path: string, descriptor: number, { size, mtimeMs }: Stats, calls: FileIo) {
    this.#path = path
    this.#descriptor = descriptor
    this.size = size
    this.#modifiedMs = mtimeMs
    this.#calls = calls
  }

  static async open(path: string, calls: FileIo): Promise<SmallFile> {
    let descriptor: number | undefined
    try {
      descriptor = await calls.make(
        1,
        ({ open }) => open(path, readOnly),
        ({ open }) => open(path, readOnly),
      )
      // What is open has been read from the disk: neither this nor closing it waits for anything.
      const found = fstatSync(descriptor)
      if (!found.isFile()) throw new R2Error('SourceChanged', `${path} is not a regular file any more`)
      return new SmallFile(path, descriptor, found, calls)
    } catch (error) {
      if (descriptor !== undefined) closeSync(descriptor)
      throw asFileError(error, reading(path))
    }
  }

  /** All bytes. @throws R2Error `SourceChanged` when the file is not the one that was opened, in size or time of change */
  async read(): Promise<Uint8Array> {
    const { size } = this
    const descriptor = this.#descriptor
    // One byte more than there should be, to see that there is none.
    const buffer = Buffer.allocUnsafe(size + 1)
    let at = 0
    try {
      for (let bytesRead = 1; bytesRead > 0 && at < size; at += bytesRead) {
        bytesRead = await this.#calls.make(
          1,
          ({ read }) => read(descriptor, buffer, at, size + 1 - at, at),
          ({ read }) => read(descriptor, buffer, at, size + 1 - at, at),
        )
      }
    } catch (error) {
      throw asFileError(error, reading(this.#path))
    }
    const isSame = at === size && fstatSync(descriptor).mtimeMs === this.#modifiedMs
    if (!isSame) throw new R2Error('SourceChanged', `${this.#path} changed while it was read`)
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

const writing = (path: string) => ({ action: 'write', path, field: 'target.path' }) as const

/**
 * Looks at a place, by its absolute path, before anything is fetched. Answers, or throws, at once where the calls do.
 *
 * @throws R2Error as `targetFileOf` does, and `FileUnavailable` for what cannot be looked at
 */
export const inspectSmallTarget = (
  path: string,
  noClobber: boolean,
  calls: FileIo,
): TargetFile | Promise<TargetFile> => {
  const failed = failing(writing(path))
  try {
    const there = calls.make(
      1,
      ({ lstat }) => lstat(path),
      ({ lstat }) => lstat(path),
    )
    if (!(there instanceof Promise)) return targetFileOf(path, there, noClobber)
    return there.then((found) => targetFileOf(path, found, noClobber)).catch(failed)
  } catch (error) {
    return failed(error)
  }
}

/** Names that nobody else has: random once, then counted. */
const run = randomBytes(8).toString('hex')
let count = 0

/** What is to be a file. */
interface Writing {
  readonly place: TargetFile
  /** Beside the place. */
  readonly temporary: string
  readonly bytes: Uint8Array
  readonly noClobber: boolean
}

/**
 * A file that is there whole or not at all: written beside its place under another name, then renamed. Is done, or throws, at
 * once where the calls are direct.
 *
 * @throws R2Error `TargetExists` with `noClobber`, where a file has appeared in the meantime
 */
export const writeSmallFile = (
  place: TargetFile,
  bytes: Uint8Array,
  noClobber: boolean,
  calls: FileIo,
): void | Promise<void> => {
  const { path } = place
  const temporary = `${path.slice(0, path.lastIndexOf(sep) + 1)}.${run}-${count++}.r2kit`
  const file = { place, temporary, bytes, noClobber }
  const failed = (error: unknown): never => {
    throw noClobber && systemCode(error) === 'EEXIST' ? targetExists(path, error) : asFileError(error, writing(path))
  }
  try {
    const made = calls.make(
      4,
      (direct) => writeAtOnce(direct, file),
      (pooled) => writeByPool(pooled, file),
    )
    if (made instanceof Promise) return made.catch(failed)
  } catch (error) {
    failed(error)
  }
}

const writeAtOnce = (calls: SyncCalls, { place, temporary, bytes, noClobber }: Writing): void => {
  const { path, mode } = place
  // Exclusively: no link and no other's file can be there.
  const descriptor = calls.open(temporary, 'wx', mode)
  try {
    try {
      // The process's umask has been taken off the mode; what was there before is meant.
      if (mode !== undefined) calls.fchmod(descriptor, mode)
      // A write may take less than it was given, when a disk is nearly full for example.
      for (let at = 0; at < bytes.byteLength; ) at += calls.write(descriptor, bytes, at)
    } finally {
      calls.close(descriptor)
    }
    // A link, unlike a rename, fails where a file has appeared in the meantime.
    if (noClobber) {
      calls.link(temporary, path)
      calls.unlink(temporary)
    } else calls.rename(temporary, path)
  } catch (error) {
    try {
      calls.unlink(temporary)
    } catch {
      // A failure to clean up must not hide the error that led here.
    }
    throw error
  }
}

/** The same, call by call. */
const writeByPool = async (calls: PooledCalls, { place, temporary, bytes, noClobber }: Writing): Promise<void> => {
  const { path, mode } = place
  const descriptor = await calls.open(temporary, 'wx', mode)
  try {
    try {
      if (mode !== undefined) await calls.fchmod(descriptor, mode)
      for (let at = 0; at < bytes.byteLength; ) at += await calls.write(descriptor, bytes, at)
    } finally {
      await calls.close(descriptor)
    }
    if (noClobber) {
      await calls.link(temporary, path)
      await calls.unlink(temporary)
    } else await calls.rename(temporary, path)
  } catch (error) {
    await calls.unlink(temporary).catch(() => undefined)
    throw error
  }
}
