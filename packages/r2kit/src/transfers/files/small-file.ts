/** Files that are read and written in one piece, with few system calls: a folder can have very many of them. */
import { randomBytes } from 'node:crypto'
import { closeSync, constants, fstatSync, type Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { sep } from 'node:path'
import { R2Error } from '../../errors/index.js'
import { asFileError, failing, systemCode } from './file-error.js'
import type { FileIo, PooledCalls, SyncCalls } from './file-io.js'
import { type TargetFile, targetExists, targetFileOf, writing } from './target-file.js'

/**
 * Flags to open a file for reading. Opening a named pipe without a writer would block a thread, which cannot be aborted and keeps
 * the process alive; with `O_NONBLOCK` it does not. Windows has no such flag.
 */
export const readOnly = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** A file that is open for reading. */
export class SmallFile {
  readonly size: number
  readonly #path: string
  readonly #descriptor: number
  readonly #io: FileIo
  readonly #modifiedMs: number

  private constructor(path: string, descriptor: number, { size, mtimeMs }: Stats, io: FileIo) {
    this.#path = path
    this.#descriptor = descriptor
    this.size = size
    this.#modifiedMs = mtimeMs
    this.#io = io
  }

  /** @throws R2Error `FileUnavailable`; `SourceChanged` when the path is no regular file any more */
  static async open(path: string, io: FileIo): Promise<SmallFile> {
    let descriptor: number | undefined
    try {
      descriptor = await io.run(
        1,
        ({ open }) => open(path, readOnly),
        ({ open }) => open(path, readOnly),
      )
      // Synchronous: the inode of an open file is in memory, so neither this nor closing waits for the disk.
      const found = fstatSync(descriptor)
      if (!found.isFile()) throw new R2Error('SourceChanged', `${path} is not a regular file any more`)
      return new SmallFile(path, descriptor, found, io)
    } catch (error) {
      if (descriptor !== undefined) closeSync(descriptor)
      throw asFileError(error, reading(path))
    }
  }

  /** Reads all bytes. @throws R2Error `SourceChanged` when size or modification time have changed since the file was opened */
  async read(): Promise<Uint8Array> {
    const { size } = this
    const descriptor = this.#descriptor
    // One byte more, which shows whether the file has grown.
    const buffer = Buffer.allocUnsafe(size + 1)
    let at = 0
    try {
      for (let bytesRead = 1; bytesRead > 0 && at < size; at += bytesRead) {
        bytesRead = await this.#io.run(
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

/** @throws R2Error `InvalidInput` for a path that is no folder, `FileUnavailable` for one that cannot be inspected */
export const requireFolder = async (path: string): Promise<void> => {
  const found = await stat(path).catch(failing({ action: 'read', path, field: 'path' }))
  if (!found.isDirectory()) throw notAFolder(path)
}

export const notAFolder = (path: string): R2Error =>
  new R2Error('InvalidInput', `${path} is not a folder`, { field: 'path', hint: 'Name a folder.' })

const reading = (path: string) => ({ action: 'read', path, field: 'source' }) as const

/**
 * Inspects the target of a small file, by its absolute path; its folder has been created. Returns, or throws, immediately where
 * the call is synchronous.
 *
 * @throws R2Error as `targetFileOf` does, and `FileUnavailable` for a target that cannot be inspected
 */
export const inspectSmallTarget = (path: string, noClobber: boolean, io: FileIo): TargetFile | Promise<TargetFile> => {
  const failed = failing(writing(path))
  try {
    const found = io.run(
      1,
      ({ lstat }) => lstat(path),
      ({ lstat }) => lstat(path),
    )
    if (!(found instanceof Promise)) return targetFileOf(path, found, noClobber)
    return found.then((stats) => targetFileOf(path, stats, noClobber)).catch(failed)
  } catch (error) {
    return failed(error)
  }
}

/** Makes unused names: random per process, then counted. */
const run = randomBytes(8).toString('hex')
let count = 0

/** A file to write. */
interface Writing {
  readonly target: TargetFile
  /** Path of the temporary file, beside the target. */
  readonly temporary: string
  readonly bytes: Uint8Array
  readonly noClobber: boolean
}

/**
 * Writes a file atomically: to a temporary file beside its target, which is then renamed. Returns, or throws, immediately where the
 * calls are synchronous.
 *
 * @throws R2Error `TargetExists` with `noClobber`, where a file has appeared meanwhile
 */
export const writeSmallFile = (
  target: TargetFile,
  bytes: Uint8Array,
  noClobber: boolean,
  io: FileIo,
): void | Promise<void> => {
  const { path } = target
  const temporary = `${path.slice(0, path.lastIndexOf(sep) + 1)}.${run}-${count++}.r2kit`
  const file = { target, temporary, bytes, noClobber }
  const failed = (error: unknown): never => {
    throw noClobber && systemCode(error) === 'EEXIST' ? targetExists(path, error) : asFileError(error, writing(path))
  }
  try {
    const written = io.run(
      4,
      (sync) => writeSync(sync, file),
      (pooled) => writePooled(pooled, file),
    )
    if (written instanceof Promise) return written.catch(failed)
  } catch (error) {
    failed(error)
  }
}

const writeSync = (calls: SyncCalls, { target, temporary, bytes, noClobber }: Writing): void => {
  const { path, mode } = target
  // Exclusive, so that neither a link nor another program's file is opened.
  const descriptor = calls.open(temporary, 'wx', mode)
  try {
    try {
      // The umask of the process has been applied to the mode; that of the replaced file is set here.
      if (mode !== undefined) calls.fchmod(descriptor, mode)
      // A write can be short, for example when the disk is nearly full.
      for (let at = 0; at < bytes.byteLength; ) at += calls.write(descriptor, bytes, at)
    } finally {
      calls.close(descriptor)
    }
    // A link, unlike a rename, fails where a file has appeared meanwhile.
    if (noClobber) {
      calls.link(temporary, path)
      calls.unlink(temporary)
    } else calls.rename(temporary, path)
  } catch (error) {
    try {
      calls.unlink(temporary)
    } catch {
      // A failed clean-up must not hide the error that led to it.
    }
    throw error
  }
}

/** The same calls, by the pool. */
const writePooled = async (calls: PooledCalls, { target, temporary, bytes, noClobber }: Writing): Promise<void> => {
  const { path, mode } = target
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
